// The result of a completed run: a sentence, the chart, figures, the models
// that competed, and the files.

import * as api from './api.js';
import { alertProblem, fill, h, more } from './dom.js';
import { describe, draw } from './chart.js';
import { figure, modelName, num, percent, sentence } from './format.js';

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
      h('strong', {}, 'The forecast failed'), h('p', {}, sentence(job.error_message)), job.error_code && more(job.error_code)));
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

  /** #picker chooses one of several series, also step by step. */
  #picker(body) {
    const { series } = this.output;
    const list = h('select', { id: 'series', onchange: () => this.#series(body, series[list.value]) },
      series.map((s, i) => h('option', { value: String(i) }, s.unique_id)));
    const step = (by, text, name) => h('button', {
      type: 'button', 'aria-label': name, title: name,
      onclick: () => {
        list.value = String((Number(list.value) + by + series.length) % series.length);
        this.#series(body, series[list.value]);
      },
    }, text);
    return h('div', { class: 'picker' }, h('label', { for: 'series' }, `${num(series.length)} series`),
      step(-1, '‹', 'Previous series'), list, step(1, '›', 'Next series'));
  }

  #series(body, series) {
    this.close();
    const chart = h('figure', { id: 'chart', 'aria-label': describe(series), role: 'group' });
    fill(body, chart,
      this.output.series.length > 1 && h('p', { class: 'reason' }, `${series.selected.spec}: ${series.selected.reason}`),
      this.#cards(series),
      series.warnings.map((w) => h('p', { class: 'warning' }, w.detail)),
      leaderboard(series), table(series));
    this.undraw = draw(chart, series);
  }

  #cards(series) {
    const m = series.metrics;
    const board = series.backtest.leaderboard.find((s) => s.model === series.selected.model);
    const card = (value, name, title) => h('div', { class: 'card', title }, h('b', {}, value), h('span', {}, name));
    const skill = m.skill_vs_seasonal_naive;
    return h('div', { class: 'cards' },
      typeof skill === 'number' && card(percent(Math.abs(skill)), `${skill < 0 ? 'worse' : 'better'} than the seasonal naive`, 'by MASE over the backtest folds'),
      card(percent(m.wape, 1), 'average error (WAPE)', 'sum of absolute errors over sum of absolute actuals'),
      card(figure(m.mase), 'MASE', 'below 1: better than repeating last season inside the history'),
      ...Object.entries(board?.coverage ?? {}).map(([level, share]) =>
        card(percent(share), `of actuals inside the ${level} % band before calibration`, 'measured in the backtest; the bands shown are calibrated with it')));
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
    h('caption', {}, `Models compared in ${folds} backtest ${folds === 1 ? 'fold' : 'folds'} of ${horizon} ${horizon === 1 ? 'step' : 'steps'}`),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Model'), ['MASE', 'WAPE', 'RMSE', 'Bias'].map((t) => h('th', { scope: 'col', class: 'n' }, t)))),
    h('tbody', {}, board.map((s) => h('tr', { class: s.model === series.selected.model ? 'chosen' : null },
      h('th', { scope: 'row', class: 'long' }, modelName(s.model), s.status === 'ok' ? '' : h('span', { class: 'hint' }, ` ${s.status}`)),
      [figure(s.metrics.mase), percent(s.metrics.wape, 1), figure(s.metrics.rmse), figure(s.metrics.bias)].map((v) => h('td', { class: 'n' }, v)))))));
}

function table(series) {
  const { points } = series;
  const head = ['Time', 'Forecast', ...points.levels.flatMap((b) => [`${b.level} % low`, `${b.level} % high`]), ...points.quantiles.map((q) => `q ${q.q}`)];
  return h('details', {}, h('summary', {}, 'Show the forecast as a table'),
    h('div', { class: 'scroll' }, h('table', { id: 'points' },
      h('thead', {}, h('tr', {}, head.map((t, i) => h('th', { scope: 'col', class: i > 0 && 'n' }, t)))),
      h('tbody', {}, points.time.map((t, i) => h('tr', {}, h('th', { scope: 'row' }, t),
        [points.mean[i], ...points.levels.flatMap((b) => [b.lower[i], b.upper[i]]), ...points.quantiles.map((q) => q.values[i])]
          .map((v) => h('td', { class: 'n' }, num(v)))))))));
}
