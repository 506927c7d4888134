// Small helpers to build the page. Text never becomes markup.

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

/** alertProblem shows an error with its hint until the next one. */
export function alertProblem(problem) {
  fill($('alert'), h('div', { class: 'problem' },
    h('strong', {}, problem.title || 'Something went wrong'),
    h('p', {}, problem.detail || String(problem)),
    problem.hint && h('p', { class: 'hint' }, problem.hint),
    h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: () => fill($('alert')) }, '×')));
}

export const clearProblem = () => fill($('alert'));
