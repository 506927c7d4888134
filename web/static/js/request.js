// The form that asks for a forecast, filled in from the profile.

import { h } from './dom.js';
import { modelName } from './format.js';

export function requestForm(detail, models, submit) {
  const profile = detail.profile ?? {};
  const asked = { ...(profile.suggested_request ?? {}), ...(detail.params ?? {}) };
  const choices = new Map((profile.needs_choice ?? []).map((c) => [c.field, c]));
  const candidates = detail.time_candidates ?? [];
  const numeric = (detail.columns ?? []).filter((c) => c.type === 'integer' || c.type === 'number').map((c) => c.name);
  const targets = [...new Set([...(profile.target_candidates ?? []), ...numeric])];

  const time = select('time', timeChoices(candidates), JSON.stringify(asList(asked.time_column)));
  const target = select('target', targets.map((t) => [t, t]), asList(asked.target)[0]);
  const horizon = h('input', { id: 'horizon', name: 'horizon', type: 'number', min: '1', max: '10000', value: String(asked.horizon?.until ? '' : asked.horizon ?? ''), placeholder: 'one season' });
  const frequency = h('input', { id: 'frequency', name: 'frequency', size: '8', value: asked.frequency ?? '', placeholder: 'as found' });
  const model = select('model', models.map((m) => [m, modelName(m)]), asked.model ?? 'auto');
  const lower = h('input', { id: 'lower', type: 'checkbox', checked: asked.bounds?.lower === 0 });

  const answers = [...choices.values()].filter((c) => ['decimal', 'timezone', 'duplicates', 'id_columns'].includes(c.field) && c.options?.length)
    .map((c) => ({ ...c, control: select(c.field, [['', 'choose'], ...c.options.map((o) => [o, o])], '') }));

  const onsubmit = (e) => {
    e.preventDefault();
    const request = {};
    if (candidates.length) request.time_column = JSON.parse(time.value);
    else if (choices.has('time_column')) request.time_column = []; // count the rows
    if (targets.length) request.target = asList(asked.target).length > 1 && asList(asked.target)[0] === target.value ? asked.target : target.value;
    if (horizon.value) request.horizon = Number(horizon.value);
    if (frequency.value) request.frequency = frequency.value;
    if (model.value !== 'auto') request.model = model.value;
    if (lower.checked) request.bounds = { lower: 0 };
    if (asked.id_columns?.length) request.id_columns = asked.id_columns;
    if (asked.aggregate) request.aggregate = asked.aggregate;
    for (const { field, control } of answers) if (control.value) request[field] = field === 'id_columns' ? [control.value] : control.value;
    submit(request);
  };
  return h('form', { id: 'request', onsubmit },
    [...choices.values()].map((c) => h('p', { class: 'question' }, c.detail, c.options?.length ? ` (${c.options.join(', ')})` : '')),
    h('div', { class: 'fields' },
      candidates.length > 0 && field('Time', time),
      field('Forecast what', target),
      field('Steps ahead', horizon),
      candidates.length > 0 && field('Frequency', frequency),
      answers.map((a) => field(a.field, a.control)),
      field('Model', model),
      h('label', { class: 'check' }, lower, ' never below zero')),
    h('button', { type: 'submit', class: 'primary', id: 'forecast' }, 'Forecast'));
}

/** timeChoices lists the ways to read times; the format tells apart those that
 * read the same columns. */
function timeChoices(candidates) {
  return candidates.map((c) => {
    const label = c.columns.join(' + ');
    const tied = candidates.filter((o) => o.columns.join(' + ') === label).length > 1;
    return tied ? [JSON.stringify([`${label} (${c.format})`]), `${label} as ${c.format}`] : [JSON.stringify(c.columns), label];
  });
}

const asList = (v) => (v === undefined || v === null ? [] : Array.isArray(v) ? v : [v]);
const field = (label, control) => h('label', {}, h('span', {}, label), control);

function select(id, options, value) {
  return h('select', { id, name: id }, options.map(([v, text]) => h('option', { value: v, selected: v === value }, text)));
}
