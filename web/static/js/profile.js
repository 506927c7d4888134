// What pgcast understood of a file: columns, rhythm, doubts, first rows.

import { h } from './dom.js';
import { num, sentence } from './format.js';

export function understood(detail) {
  const profile = detail.profile ?? {};
  const columns = detail.columns ?? [];
  const time = detail.time_candidates?.[0];
  const targets = new Set(profile.target_candidates ?? []);
  const ids = new Set(profile.series_id ?? []);
  const role = (c) => {
    if (time?.columns.includes(c.name)) return 'time';
    if (ids.has(c.name)) return 'series';
    return targets.has(c.name) ? 'number' : '';
  };
  return [
    h('h2', {}, 'What pgcast understood'),
    h('p', { class: 'facts' }, facts(profile, time)),
    (profile.warnings ?? []).filter((w) => w.severity !== 'info').map((w) => h('p', { class: 'warning' }, warning(w))),
    h('div', columns.length > 15 ? { class: 'scroll tall', tabindex: '0' } : { class: 'scroll' }, h('table', { id: 'columns' },
      h('caption', { class: 'visually-hidden' }, 'Columns of the file'),
      h('thead', {}, h('tr', {}, [['Column'], ['Type'], ['Role'], ['Missing', 'n'], ['Smallest', 'n'], ['Largest', 'n']].map(([t, c]) => h('th', { scope: 'col', class: c }, t)))),
      h('tbody', {}, columns.map((c) => h('tr', {},
        h('th', { scope: 'row' }, c.name), h('td', {}, c.type), h('td', {}, role(c) && h('span', { class: 'role' }, role(c))),
        h('td', { class: 'n' }, num(c.missing)), h('td', { class: 'n' }, c.min ?? ''), h('td', { class: 'n' }, c.max ?? '')))))),
    preview(detail.preview),
  ];
}

/** warning says what is doubtful, and where. */
function warning(w) {
  const where = [w.column, w.line && `line ${num(w.line)}`].filter(Boolean).join(', ');
  const seen = [w.count > 1 && `${num(w.count)} times`, w.sample && `for instance ${w.sample}`].filter(Boolean).join(', ');
  const what = `${w.detail}${seen ? ` (${seen})` : ''}`;
  return where ? `${where}: ${what}` : sentence(what);
}

function facts(profile, time) {
  const parts = [`${num(profile.rows)} rows`];
  if (profile.n_series > 1) parts.push(`${num(profile.n_series)} series`);
  if (time) parts.push(`${time.columns.join(' + ')} as ${time.format}`, frequencyName(time.frequency), `${day(time.first_time)} to ${day(time.last_time)}`);
  else parts.push('no time column: rows are counted');
  if (profile.missing_steps > 0) parts.push(`${num(profile.missing_steps)} steps missing`);
  if (profile.duplicate_keys > 0) parts.push(`${num(profile.duplicate_keys)} rows share their time`);
  return parts.filter(Boolean).join(' · ');
}

const day = (iso) => (iso ?? '').replace('T00:00:00', '').replace('T', ' ');

function frequencyName(f) {
  const names = { MS: 'monthly', ME: 'monthly, month end', D: 'daily', B: 'business days', h: 'hourly', QS: 'quarterly', QE: 'quarterly', YS: 'yearly', YE: 'yearly' };
  if (!f) return '';
  if (f === 'irregular') return 'at irregular times';
  return names[f] ?? (f.startsWith('W-') ? `weekly (${f})` : `every ${f}`);
}

function preview(p) {
  if (!p?.rows?.length) return null;
  const row = (cells) => h('tr', {}, cells.map((c) => h('td', {}, c)));
  const body = p.rows.slice(0, 8).map(row);
  if (p.tail?.length) body.push(h('tr', { class: 'gap' }, h('td', { colspan: String(p.header?.length || p.rows[0].length) }, '…')), ...p.tail.slice(-3).map(row));
  return h('div', { class: 'scroll' }, h('table', { id: 'preview', class: 'preview' },
    h('caption', {}, 'First and last rows'),
    p.header?.length ? h('thead', {}, h('tr', {}, p.header.map((t) => h('th', { scope: 'col' }, t)))) : null,
    h('tbody', {}, body)));
}
