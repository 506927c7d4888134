// How the page writes numbers, times and sizes.

const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 5 });
const brief = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

export const num = (v) => (v === null || v === undefined ? '–' : number.format(v));
export const figure = (v) => (v === null || v === undefined ? '–' : brief.format(v));
export const percent = (v, digits = 0) => (v === null || v === undefined ? '–' : `${(100 * v).toFixed(digits)} %`);
export const when = (iso) => {
  const t = new Date(iso);
  return Date.now() - t < 18 * 3600_000 ? clock.format(t) : `${day.format(t)} ${clock.format(t)}`;
};

/** sentence gives a text a capital, unless it begins with a name, and a full stop. */
export function sentence(text) {
  if (!text) return '';
  const begin = /^\S+: /.test(text) ? text[0] : text[0].toUpperCase();
  return begin + text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.');
}

/** seconds writes milliseconds as a length of time. */
export function seconds(ms) {
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3600_000)} h`;
}

export function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB'];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) [n, i] = [n / 1000, i + 1];
  return `${n < 10 && i > 0 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

const models = {
  auto: 'automatic', ensemble: 'mean of several', ets: 'exponential smoothing', theta: 'Theta', dotm: 'dynamic optimised Theta',
  seasonal_naive: 'seasonal naive', naive: 'last value', drift: 'drift', mean: 'mean of history',
  arima: 'ARIMA', ces: 'complex exponential smoothing', lgt: 'local and global trend', mstl: 'several seasons (MSTL)',
  croston: 'Croston', sba: 'Croston, corrected (SBA)', tsb: 'demand that may end (TSB)', adida: 'summed demand (ADIDA)', imapa: 'demand summed at many lengths (IMAPA)',
};
export const modelName = (m) => models[m] || m;
