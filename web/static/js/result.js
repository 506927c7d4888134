// The result of a completed run: a sentence, the chart, figures, the models
// that competed, and the files.

import * as api from './api.js';
import { alertProblem, fill, h } from './dom.js';
import { describe, draw } from './chart.js';
import { modelName, num, percent } from './format.js';

export class Result {
  constructor(el) {
    this.el = el;
    this.undraw = () => {};
  }

  close() {
    this.undraw();
    this.undraw = () => {};
  }

  failed(job) {
    this.close();
    fill(this.el, h('div', { class: 'problem', id: 'failure' },
      h('strong', {}, 'The forecast failed'), h('p', {}, job.error_message), h('p', { class: 'hint' }, job.error_code)));
  }

  show(output, job) {
    this.output = output;
    this.job = job;
    const body = h('div', {});
    const pick = output.series.length > 1 && this.#picker(body);
    fill(this.el, h('p', { class: 'summary', id: 'summary' }, output.summary.text), pick, body, this.#files());
    this.el.dataset.forecast = job.forecast_id;
    this.#series(body, output.series[0]);
  }

  #picker(body) {
    const choose = (e) => this.#series(body, this.output.series[e.target.value]);
    return h('label', { class: 'picker' }, h('span', {}, `${this.output.series.length} series`),
      h('select', { id: 'series', onchange: choose },
        this.output.series.map((s, i) => h('option', { value: String(i) }, s.unique_id))));
  }

  #series(body, series) {
    this.close();
    const canvas = h('div', { class: 'canvas' });
    const figure = h('figure', { id: 'chart', role: 'img', 'aria-label': describe(series) }, canvas,
      this.output.series.length > 1 && h('figcaption', {}, `${series.selected.spec}: ${series.selected.reason}`));
    fill(body, figure, this.#cards(series),
      series.warnings.map((w) => h('p', { class: 'warning' }, w.detail)),
      leaderboard(series), table(series));
    this.undraw = draw(canvas, series);
  }

  #cards(series) {
    const m = series.metrics;
    const board = series.backtest.leaderboard.find((s) => s.model === series.selected.model);
    const card = (value, name, title) => h('div', { class: 'card', title }, h('b', {}, value), h('span', {}, name));
    return h('div', { class: 'cards' },
      card(percent(m.skill_vs_seasonal_naive), 'better than the seasonal naive', 'by MASE over the backtest folds; below zero means worse'),
      card(percent(m.wape, 1), 'average error (WAPE)', 'sum of absolute errors over sum of absolute actuals'),
      card(num(m.mase), 'MASE', 'below 1: better than repeating last season inside the history'),
      ...Object.entries(board?.coverage ?? {}).map(([level, share]) =>
        card(percent(share), `of actuals inside the model’s own ${level} % band`, 'measured in the backtest; the bands shown are calibrated with it')));
  }

  #files() {
    const stem = (this.job.file_name || 'pgcast').replace(/\.[^.]*$/, '');
    const link = (name, text) => h('button', {
      type: 'button', id: `download-${name}`,
      onclick: () => api.download(this.job.job_id, name, `${stem}.${name}`).catch(alertProblem),
    }, text);
    return h('div', { class: 'files' }, link('forecast.csv', 'Download forecast.csv'), link('forecast.png', 'Picture'), link('output.json', 'Everything as JSON'));
  }
}

function leaderboard(series) {
  const { leaderboard: board, folds, horizon } = series.backtest;
  if (!board.length) return null;
  return h('div', { class: 'scroll' }, h('table', { id: 'leaderboard' },
    h('caption', {}, `Models compared in ${folds} backtest ${folds === 1 ? 'fold' : 'folds'} of ${horizon} steps`),
    h('thead', {}, h('tr', {}, ['Model', 'MASE', 'WAPE', 'RMSE', 'Bias'].map((t) => h('th', { scope: 'col' }, t)))),
    h('tbody', {}, board.map((s) => h('tr', { class: s.model === series.selected.model ? 'chosen' : null },
      h('th', { scope: 'row' }, modelName(s.model), s.status === 'ok' ? '' : ` (${s.status})`),
      h('td', { class: 'n' }, num(s.metrics.mase)), h('td', { class: 'n' }, percent(s.metrics.wape, 1)),
      h('td', { class: 'n' }, num(s.metrics.rmse)), h('td', { class: 'n' }, num(s.metrics.bias)))))));
}

function table(series) {
  const { points } = series;
  const head = ['Time', 'Forecast', ...points.levels.flatMap((b) => [`${b.level} % low`, `${b.level} % high`]), ...points.quantiles.map((q) => `q ${q.q}`)];
  return h('details', {}, h('summary', {}, 'Show the forecast as a table'),
    h('div', { class: 'scroll' }, h('table', { id: 'points' },
      h('thead', {}, h('tr', {}, head.map((t) => h('th', { scope: 'col' }, t)))),
      h('tbody', {}, points.time.map((t, i) => h('tr', {}, h('th', { scope: 'row' }, t),
        [points.mean[i], ...points.levels.flatMap((b) => [b.lower[i], b.upper[i]]), ...points.quantiles.map((q) => q.values[i])]
          .map((v) => h('td', { class: 'n' }, num(v)))))))));
}
