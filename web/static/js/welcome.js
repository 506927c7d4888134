// What the page shows before a job is chosen.

import { signIn } from './api.js';
import { h } from './dom.js';

export function welcome(send) {
  const sample = (id, name, text) => h('button', {
    type: 'button', id,
    onclick: async () => send([new File([await (await fetch(`samples/${name}`)).blob()], name, { type: 'text/csv' })]),
  }, text);
  return h('section', { class: 'welcome' },
    h('h1', {}, 'Drop a CSV of time series. Get a forecast you can trust.'),
    h('ol', {},
      h('li', {}, 'pgcast reads the file: delimiter, dates, numbers, series, rhythm.'),
      h('li', {}, 'You check what it understood and press Forecast.'),
      h('li', {}, 'Models compete on your own history; the best one answers, with honest intervals.')),
    h('p', {}, 'Nothing at hand? ',
      sample('sample', 'air_passengers.csv', 'Try it with AirPassengers'), ' ',
      sample('shops', 'shops.csv', 'or with four shops')),
    h('details', {}, h('summary', {}, 'The same with curl'),
      h('pre', {}, h('code', {}, '. .pgcast/env\ncurl -H "Authorization: Bearer $PGCAST_ACCESS_TOKEN" \\\n     -F file=@sales.csv -F forecast=\'{"horizon": 12}\' "$PGCAST_URL/v1/upload"'))));
}

export function signInForm(then) {
  const input = h('input', { type: 'password', id: 'token', autocomplete: 'off', required: true });
  const submit = (e) => {
    e.preventDefault();
    signIn(input.value);
    then();
  };
  return h('form', { class: 'signin', onsubmit: submit },
    h('h1', {}, 'Sign in'),
    h('label', { for: 'token' }, 'Supabase access token'), input,
    h('p', { class: 'hint' }, 'It stays in this tab and is sent to this server alone.'),
    h('button', { type: 'submit', class: 'primary' }, 'Use this token'));
}
