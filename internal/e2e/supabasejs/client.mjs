// Drives the real Supabase client by lines of JSON on stdin, and tells what
// happens to it by lines of JSON on stdout.
import { createClient } from '@supabase/supabase-js'
import { createInterface } from 'node:readline'
import ws from 'ws'

const tell = (o) => process.stdout.write(JSON.stringify(o) + '\n')

let client
let token = null // of who is signed in
const channels = {}

const commands = {
  create({ url, key, vsn }) {
    client = createClient(url, key, {
      accessToken: async () => token ?? key,
      realtime: { transport: ws, vsn, heartbeatIntervalMs: 1000, heartbeatCallback: (status) => tell({ what: 'heartbeat', status }) },
    })
    tell({ what: 'created' })
  },
  auth(command) {
    token = command.token
    return client.realtime.setAuth()
  },
  join({ name, bindings, config, presence }) {
    const channel = client.channel(name, config && { config })
    channels[name] = channel
    if (presence) channel.on('presence', { event: 'sync' }, () => tell({ what: 'present', name, status: String(Object.keys(channel.presenceState()).length) }))
    bindings.forEach((binding, i) =>
      channel.on('postgres_changes', binding, (payload) => tell({ what: 'change', name, binding: i, payload }))
    )
    channel.on('system', {}, (payload) => tell({ what: 'system', name, status: payload.status, message: payload.message }))
    channel.subscribe((status, error) => tell({ what: 'status', name, status, message: error?.message }))
  },
  async leave({ name }) {
    tell({ what: 'left', name, status: await client.removeChannel(channels[name]) })
  },
  async broadcast({ name }) {
    tell({ what: 'sent', name, status: await channels[name].send({ type: 'broadcast', event: 'shout', payload: { a: 1 } }) })
  },
  async track({ name }) {
    tell({ what: 'tracked', name, status: await channels[name].track({ here: true }) })
    tell({ what: 'untracked', name, status: await channels[name].untrack() })
  },
  // Over HTTP: the channel is not joined.
  async post({ name }) {
    const sent = await client.channel(name).httpSend('shout', { a: 1 }).then(() => 'ok', (e) => e.message)
    tell({ what: 'posted', name, status: sent === 'ok' ? 'ok' : 'refused', message: sent })
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  await commands[command.do](command)
}
process.exit(0)
