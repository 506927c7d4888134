// The forecast chart: history, forecast, bands and the line between them.

import { h } from './dom.js';
import { num } from './format.js';

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const alpha = (hex, a) => hex + Math.round(a * 255).toString(16).padStart(2, '0');

/** seconds turns an ISO label (or a row number) into the chart's x value. */
const seconds = (iso) => (/^\d+$/.test(iso) ? Number(iso) : Date.parse(iso + 'Z') / 1000);

/** columns lays history and forecast on one axis: [x, history, mean, lo, hi, …]. */
function columns(series) {
  const { history, points } = series;
  const n = history.iso.length;
  const gap = (k) => new Array(k).fill(null);
  // The forecast starts at the last observation, so that the lines meet.
  const joined = (values) => [...gap(n - 1), history.value[n - 1], ...values];
  const cols = [
    [...history.iso, ...points.iso].map(seconds),
    [...history.value, ...gap(points.iso.length)],
    joined(points.mean),
  ];
  for (const band of [...points.levels].reverse()) cols.push(joined(band.lower), joined(band.upper));
  return cols;
}

/** draw makes the chart inside el and returns how to remove it. */
export function draw(el, series) {
  const data = columns(series);
  const n = series.history.iso.length;
  const steps = series.points.iso.length;
  const first = data[0][Math.max(0, n - Math.max(160, 8 * steps))];
  const read = readout(series);
  const place = h('div', { class: 'canvas' });
  el.append(place, legend(series), read.el);

  let plot;
  const make = () => {
    plot?.destroy();
    plot = new uPlot(options(series, place.clientWidth, first, read), data, place);
  };
  make();
  if (first > data[0][0]) el.append(wholeHistory(() => plot.setScale('x', { min: data[0][0], max: data[0].at(-1) })));
  walkByKeys(el, () => plot, n);

  const observer = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: plot.height }));
  observer.observe(place);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', make);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', make);
    plot.destroy();
  };
}

// How times are written along the axis, by the distance of its ticks in
// seconds: usually, and where a year, month, day, hour or minute begins.
const day = '{D} {MMM}';
const tickLabels = [
  [365 * 86400, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * 86400, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [86400, day, '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', `\n${day} {YYYY}`, null, `\n${day}`, null, null, null, 1],
  [1, ':{ss}', `\n${day} {YYYY} {HH}:{mm}`, null, `\n${day} {HH}:{mm}`, null, '\n{HH}:{mm}', null, 1],
];

/** options says how uPlot draws a series that is width pixels wide. */
function options(series, width, first, read) {
  const { history, points } = series;
  const [muted, grid, accent, line] = ['--muted', '--grid', '--accent', '--line'].map(css);
  const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, font: '12px system-ui' };
  const indexed = /^\d+$/.test(points.iso[0]);
  const band = { stroke: 'transparent', points: { show: false } };
  return {
    width,
    height: Math.max(260, Math.min(420, width * 0.42)),
    tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), 'Etc/UTC'),
    scales: { x: { time: !indexed, min: first, max: seconds(points.iso.at(-1)) } },
    axes: [indexed ? axis : { ...axis, values: tickLabels }, { ...axis, size: 64 }],
    cursor: { y: false, points: { size: 7 } },
    legend: { show: false },
    series: [
      {},
      { stroke: line, width: 1.6, spanGaps: false, points: { show: history.iso.length < 12 } },
      { stroke: accent, width: 2.4, points: { show: points.iso.length < 3 } },
      ...points.levels.flatMap(() => [band, band]),
    ],
    bands: points.levels.map((_, i) => ({ series: [4 + 2 * i, 3 + 2 * i], fill: alpha(accent, 0.16 + 0.1 * i) })),
    hooks: { draw: [(u) => nowLine(u, seconds(history.iso.at(-1)), muted)], setCursor: [(u) => read.at(u.cursor.idx)] },
  };
}

/** legend names the lines. */
function legend({ target, points }) {
  const bands = points.levels.map((b) => `${b.level} %`).join(' and ');
  return h('p', { class: 'legend' },
    h('span', { class: 'key history' }, target), h('span', { class: 'key mean' }, 'forecast'),
    bands && h('span', { class: 'key band' }, `bands of ${bands}`));
}

/** readout says in figures what stands at one place of the chart. */
function readout({ history, points }) {
  const el = h('p', { class: 'readout', 'aria-live': 'polite' });
  const at = (i) => {
    if (i === null || i === undefined) i = history.iso.length; // nobody points: the next step
    const k = i - history.iso.length;
    if (k < 0) el.textContent = `${history.time[i]}: ${history.value[i] === null ? 'missing' : num(history.value[i])}`;
    else el.textContent = [`${points.time[k]}: forecast ${num(points.mean[k])}`, ...points.levels.map((b) => `${b.level} %: ${num(b.lower[k])} to ${num(b.upper[k])}`)].join(' · ');
  };
  at(null);
  return { el, at };
}

const wholeHistory = (show) => h('button', { type: 'button', class: 'quiet', id: 'whole', onclick: (e) => { show(); e.target.remove(); } }, 'Show the whole history');

/** walkByKeys moves the cursor along the chart with the arrow keys. */
function walkByKeys(el, plot, start) {
  let i = start - 1;
  el.tabIndex = 0;
  el.addEventListener('keydown', (e) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!step || e.target !== el) return;
    e.preventDefault();
    const u = plot();
    i = Math.min(Math.max(i + step, 0), u.data[0].length - 1);
    u.setCursor({ left: u.valToPos(u.data[0][i], 'x'), top: 0 });
  });
}

/** nowLine marks where the history ends. */
function nowLine(u, now, color) {
  const x = u.valToPos(now, 'x', true);
  const { left, top, width, height } = u.bbox;
  if (x < left || x > left + width) return;
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, top + height);
  ctx.stroke();
  ctx.restore();
}

/** describe says in one sentence what the chart shows. */
export function describe(series) {
  const { history, points } = series;
  const at = (i) => {
    const band = points.levels[0];
    const range = band ? ` (${band.level} %: ${round(band.lower[i])} to ${round(band.upper[i])})` : '';
    return `${points.time[i]}: ${round(points.mean[i])}${range}`;
  };
  const last = points.mean.length - 1;
  return `${series.target} from ${history.time[0]} to ${history.time.at(-1)}, then the forecast. ${at(0)}` + (last > 0 ? `; ${at(last)}.` : '.');
}

const round = (v) => (v === null ? 'unknown' : Number(v.toPrecision(4)));
