// Small helpers to build the page. Text never becomes markup.

import { sentence } from './format.js';

/** h makes an element: h('p', {class: 'x', onclick: f}, 'text', child). */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
    else if (name in el && typeof value !== 'string') el[name] = value;
    else el.setAttribute(name, value === true ? '' : value);
  }
  el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

export const $ = (id) => document.getElementById(id);

/** fill replaces the children of el. */
export function fill(el, ...children) {
  el.replaceChildren(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
}

let lastAnnounced = '';

/** announce tells a screen reader about a change of state, once. */
export function announce(text) {
  if (text === lastAnnounced) return;
  lastAnnounced = text;
  $('announce').textContent = text;
}

/** copyButton puts a text on the clipboard; plain http from afar has none. */
export function copyButton(text) {
  if (!navigator.clipboard) return null;
  const button = h('button', { type: 'button', class: 'quiet copy', onclick: () => navigator.clipboard.writeText(text).then(said) }, 'copy');
  const said = () => {
    button.textContent = 'copied';
    setTimeout(() => { button.textContent = 'copy'; }, 1500);
  };
  return button;
}

/** alertProblem shows an error with its hint until the next one. */
export function alertProblem(problem) {
  const place = problem.errors?.length === 1 ? problem.errors[0].pointer?.slice(1) : '';
  fill($('alert'), h('div', { class: 'problem' },
    h('strong', {}, problem.title || 'Something went wrong'),
    h('p', {}, place && h('code', {}, `${place} `), place ? problem.detail : sentence(problem.detail || String(problem))),
    problem.hint && h('p', { class: 'hint' }, sentence(problem.hint)),
    problem.code && more(problem.code),
    h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: () => fill($('alert')) }, '×')));
}

/** more links to what causes and what cures an error. */
export const more = (code) => h('p', { class: 'hint' }, h('a', { href: `/problems/${code}`, target: '_blank', rel: 'noopener' }, code));

export const clearProblem = () => fill($('alert'));
