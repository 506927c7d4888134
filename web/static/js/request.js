// The form that asks for a forecast, filled in from the profile.

import { copyButton, h } from './dom.js';
import { modelName, sentence } from './format.js';
import { asCurl, asSQL } from './elsewhere.js';

/**
 * requestForm makes the form. submit sends a request and resolves to the
 * problem it met, if any.
 */
export function requestForm(detail, models, submit) {
  const profile = detail.profile ?? {};
  const asked = { ...(profile.suggested_request ?? {}), ...(detail.params ?? {}) };
  const questions = [...new Map((profile.needs_choice ?? []).map((c) => [c.field, c])).values()];
  const fields = [timeField, targetField, seriesField, horizonField, frequencyField, ...questions.map(answerField), modelField, levelsField, boundsField, otherFields]
    .map((make) => make({ detail, profile, asked, questions, models })).filter(Boolean);
  const request = () => {
    const made = {};
    for (const { name, value } of fields) {
      const v = value();
      if (name === undefined) Object.assign(made, v);
      else if (v !== undefined) made[name] = v;
    }
    if (asked.aggregate && !made.aggregate) made.aggregate = asked.aggregate;
    return made;
  };

  const elsewhere = h('details', { class: 'elsewhere', id: 'elsewhere' }, h('summary', {}, 'The same with curl or in psql'));
  const retell = () => {
    const texts = [asCurl(detail.job_id, request()), asSQL(detail.job_id, request())];
    elsewhere.replaceChildren(elsewhere.firstChild, ...texts.map((text) => h('div', { class: 'command' }, h('pre', {}, h('code', {}, text)), copyButton(text))));
  };
  const form = h('form', {
    id: 'request', oninput: retell,
    onsubmit: async (e) => {
      e.preventDefault();
      mark(form, await submit(request()));
    },
  },
  h('h2', {}, 'Forecast'),
  questions.map((c) => h('p', { class: 'question' }, sentence(c.detail), c.options?.length && c.field !== 'time_column' ? ` Proposed: ${c.options.join(', ')}.` : '')),
  h('div', { class: 'fields' }, fields.map((f) => f.element)),
  h('button', { type: 'submit', class: 'primary', id: 'forecast' }, 'Forecast'),
  elsewhere);
  retell();
  return form;
}

/** mark shows at which field a problem lies. */
function mark(form, problem) {
  form.querySelectorAll('[aria-invalid]').forEach((el) => el.removeAttribute('aria-invalid'));
  for (const { pointer } of problem?.errors ?? []) {
    const control = form.elements.namedItem((pointer ?? '').split('/')[1] ?? '');
    control?.setAttribute?.('aria-invalid', 'true');
    control?.focus?.();
  }
}

function timeField({ detail, asked, questions }) {
  const candidates = detail.time_candidates ?? [];
  if (candidates.length === 0) {
    return questions.some((c) => c.field === 'time_column') ? { name: 'time_column', value: () => [] } : null; // count the rows
  }
  const control = select('time_column', timeChoices(candidates), JSON.stringify(asList(asked.time_column)));
  return { name: 'time_column', element: field('Time', control), value: () => JSON.parse(control.value) };
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

function targetField({ detail, profile, asked }) {
  const numeric = (detail.columns ?? []).filter((c) => c.type === 'integer' || c.type === 'number').map((c) => c.name);
  const targets = [...new Set([...(profile.target_candidates ?? []), ...numeric])];
  if (targets.length === 0) return null;
  const several = asList(asked.target).length > 1 ? asList(asked.target) : profile.target_candidates ?? [];
  const all = several.length > 1 ? [[JSON.stringify(several), `${several.length} columns: ${several.slice(0, 5).join(', ')}${several.length > 5 ? ', …' : ''}`]] : [];
  const chosen = asList(asked.target).length > 1 ? asked.target : asList(asked.target)[0];
  const control = select('target', [...all, ...targets.map((t) => [JSON.stringify(t), t])], JSON.stringify(chosen));
  return { name: 'target', element: field('Forecast what', control), value: () => JSON.parse(control.value) };
}

function seriesField({ profile, asked, questions }) {
  const candidates = (profile.id_candidates ?? []).map((c) => c.columns);
  if (candidates.length === 0 || questions.some((c) => c.field === 'id_columns')) return null;
  const now = JSON.stringify(asList(asked.id_columns));
  const options = new Map([...candidates, asList(asked.id_columns), []].map((ids) => [JSON.stringify(ids), ids.join(' / ') || 'all rows are one series']));
  const control = select('id_columns', [...options], now);
  return { name: 'id_columns', element: field('A series for each', control), value: () => JSON.parse(control.value) };
}

function horizonField({ asked }) {
  const control = h('input', { id: 'horizon', name: 'horizon', autocomplete: 'off', value: String(asked.horizon?.until ?? asked.horizon ?? ''), placeholder: 'one season', title: 'a number of steps, or a date to forecast until, such as 2027-12-31' });
  const value = () => {
    const text = control.value.trim();
    if (text === '') return undefined;
    return /^[+-]?\d+$/.test(text) ? Number(text) : { until: text };
  };
  return { name: 'horizon', element: field('Steps, or until a date', control), value };
}

function frequencyField({ detail, asked }) {
  if (!detail.time_candidates?.length) return null;
  const control = h('input', { id: 'frequency', name: 'frequency', autocomplete: 'off', value: asked.frequency ?? '', placeholder: 'as found', title: 'h, 15min, D (days), B (business days), W-MON, MS (months), QS (quarters), YS (years), …' });
  return { name: 'frequency', element: field('Frequency', control), value: () => control.value.trim() || undefined };
}

/** answerField asks what the form has no field of its own for. */
function answerField({ field: name, options }) {
  if (!['decimal', 'timezone', 'duplicates', 'id_columns'].includes(name) || !options?.length) return () => null;
  const control = select(name, [['', 'choose'], ...options.map((o) => [o, o])], '');
  const value = () => (control.value === '' ? undefined : name === 'id_columns' ? [control.value] : control.value);
  return () => ({ name, element: field(name, control), value });
}

function modelField({ asked, models }) {
  const control = select('model', models.map((m) => [m, modelName(m)]), asked.model ?? 'auto');
  return { name: 'model', element: field('Model', control), value: () => (control.value === 'auto' ? undefined : control.value) };
}

function levelsField({ asked }) {
  const usual = '80, 95';
  const control = h('input', { id: 'levels', name: 'levels', autocomplete: 'off', value: asked.levels?.join(', ') ?? usual, placeholder: usual, title: 'how many of the future values each band is to hold, in percent' });
  const value = () => {
    const list = control.value.split(/[\s,;]+/).filter(Boolean);
    return list.length === 0 || list.join(', ') === usual ? undefined : list.map((v) => (Number.isNaN(Number(v)) ? v : Number(v)));
  };
  return { name: 'levels', element: field('Bands in %', control), value };
}

function boundsField({ asked }) {
  const control = h('input', { id: 'lower', type: 'checkbox', checked: asked.bounds?.lower === 0 });
  return { name: 'bounds', element: h('label', { class: 'check' }, control, ' never below zero'), value: () => (control.checked ? { lower: 0 } : undefined) };
}

/** otherFields takes what the form has no place for, as JSON; what an earlier
 * run was asked beside the form stands there. */
function otherFields({ detail, questions }) {
  const onForm = new Set(['time_column', 'target', 'id_columns', 'horizon', 'frequency', 'model', 'levels', 'aggregate', ...questions.map((c) => c.field)]);
  const rest = Object.entries(detail.params ?? {}).filter(([name, v]) => !onForm.has(name) && !(name === 'bounds' && JSON.stringify(v) === '{"lower":0}'));
  const control = h('input', {
    id: 'others', name: 'others', autocomplete: 'off', spellcheck: 'false', value: rest.length ? JSON.stringify(Object.fromEntries(rest)) : '',
    placeholder: '{"holidays": {"country": "DE"}, "exogenous": {"future": ["price"]}}',
  });
  const read = () => {
    if (control.value.trim() === '') return {};
    try {
      const v = JSON.parse(control.value);
      return v && typeof v === 'object' && !Array.isArray(v) ? v : null;
    } catch (err) {
      return null;
    }
  };
  control.addEventListener('input', () => control.setCustomValidity(read() ? '' : 'Write a JSON object, such as {"gaps": "zero"}.'));
  return { element: h('label', { class: 'wide' }, h('span', {}, 'Any other ', h('a', { href: '/docs#Request' }, 'field of the request'), ', as JSON'), control), value: () => read() ?? {} };
}

const asList = (v) => (v === undefined || v === null ? [] : Array.isArray(v) ? v : [v]);
const field = (label, control) => h('label', {}, h('span', {}, label), control);

function select(id, options, value) {
  return h('select', { id, name: id }, options.map(([v, text]) => h('option', { value: v, selected: v === value }, text)));
}
