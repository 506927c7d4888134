// The forecast chart: history, forecast, bands and the line between them.

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
  const labels = new Map();
  series.history.iso.forEach((iso, i) => labels.set(seconds(iso), series.history.time[i]));
  series.points.iso.forEach((iso, i) => labels.set(seconds(iso), series.points.time[i]));
  const levels = [...series.points.levels].reverse(); // widest first
  const now = seconds(series.history.iso.at(-1));
  const h = series.points.iso.length;
  const n = series.history.iso.length;
  const first = data[0][Math.max(0, n - Math.max(160, 8 * h))];
  const indexed = /^\d+$/.test(series.points.iso[0]);

  let plot;
  const make = () => {
    plot?.destroy();
    const [ink, muted, grid, accent, line] = ['--ink', '--muted', '--grid', '--accent', '--line'].map(css);
    const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, font: '12px system-ui' };
    plot = new uPlot({
      width: el.clientWidth,
      height: Math.max(260, Math.min(420, el.clientWidth * 0.42)),
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), 'Etc/UTC'),
      scales: { x: { time: !indexed, min: first, max: data[0].at(-1) } },
      axes: [axis, { ...axis, size: 64 }],
      cursor: { y: false, points: { size: 7 } },
      legend: { live: true },
      series: [
        { label: 'Time', value: (_, v) => (v === null ? '–' : labels.get(v) ?? '–') },
        { label: series.target, stroke: line, width: 1.6, spanGaps: false, points: { show: n < 12 } },
        { label: 'Forecast', stroke: accent, width: 2.4, points: { show: h < 3 } },
        ...levels.flatMap(({ level }) => [
          { label: `${level} % low`, stroke: 'transparent', points: { show: false } },
          { label: `${level} % high`, stroke: 'transparent', points: { show: false } },
        ]),
      ],
      bands: levels.map((_, i) => ({ series: [4 + 2 * i, 3 + 2 * i], fill: alpha(accent, 0.16 + 0.1 * i) })),
      hooks: { draw: [(u) => nowLine(u, now, muted)] },
    }, data, el);
    el.style.color = ink;
  };

  make();
  const observer = new ResizeObserver(() => plot.setSize({ width: el.clientWidth, height: plot.height }));
  observer.observe(el);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', make);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', make);
    plot.destroy();
  };
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
