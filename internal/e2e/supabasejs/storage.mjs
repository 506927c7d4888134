// Takes the real Supabase client through Storage as a user and as the service
// role, and prints what does not come out as it should.
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'

const { SUPABASE_URL: url, SUPABASE_ANON_KEY: anon, SUPABASE_SERVICE_ROLE_KEY: service, USER_TOKEN: token, USER_ID: user, OTHER_ID: other } = process.env
const bucket = 'forecast-uploads'
const as = (key, accessToken) => createClient(url, key, { auth: { persistSession: false }, realtime: { transport: ws }, ...(accessToken && { accessToken: async () => accessToken }) }).storage
const mine = as(anon, token).from(bucket)
const root = as(service)
const nobody = as(anon).from(bucket)

const check = (what, good, seen) => good || console.log(`${what}: ${JSON.stringify(seen)}`)
const ok = (what, { data, error }) => (check(what, !error, { message: error?.message, status: error?.status }), data)
const no = (what, { data, error }, words) => check(what, error && (error.message ?? '').includes(words), { data, message: error?.message })
const text = async (blob) => blob && (await blob.text())

const key = `${user}/js/input.csv`
ok('upload', await mine.upload(key, new Blob(['ds,y\n1,2\n'], { type: 'text/csv' }), { contentType: 'text/csv', metadata: { from: 'js' } }))
no('upload again', await mine.upload(key, 'x'), 'already exists')
no("upload into another's folder", await mine.upload(`${other}/js/input.csv`, 'x'), 'row-level security')
no('upload a result', await mine.upload(`${user}/js/output.json`, '{}'), 'row-level security')
no('upload as nobody', await nobody.upload(`${user}/js/x.csv`, 'x'), 'row-level security')
no('update', await mine.update(key, 'y'), 'row-level security')
check('download', (await text(ok('download', await mine.download(key)))) === 'ds,y\n1,2\n', 'other bytes')
check('download as nobody', (await nobody.download(key)).error, 'it came')
check('exists', (await mine.exists(key)).data === true && (await mine.exists(`${user}/js/none`)).data === false, 'told otherwise')
const info = ok('info', await mine.info(key))
check('info', info?.size === 9 && info?.contentType === 'text/csv' && info?.metadata?.from === 'js', info)
const list = ok('list', await mine.list(`${user}/js`))
check('list', list?.length === 1 && list[0].name === 'input.csv', list)
check("list another's", ok('list another', await mine.list(other))?.length === 0, 'there is something')
const flat = ok('listV2', await mine.listV2({ prefix: `${user}/`, with_delimiter: true }))
check('listV2', flat?.folders?.length === 1 && flat.objects.length === 0 && flat.hasNext === false, flat)
const signed = ok('createSignedUrl', await mine.createSignedUrl(key, 60, { download: 'mine.csv' }))
const got = await fetch(signed.signedUrl)
check('signed URL', got.ok && (await got.text()) === 'ds,y\n1,2\n' && got.headers.get('content-disposition')?.includes('mine.csv'), got.status)
const several = ok('createSignedUrls', await mine.createSignedUrls([key, `${other}/x`], 60))
check('createSignedUrls', several?.[0].signedUrl && several?.[1].error, several)
const up = ok('createSignedUploadUrl', await mine.createSignedUploadUrl(`${user}/js/signed.csv`))
ok('uploadToSignedUrl', await nobody.uploadToSignedUrl(up.path, up.token, 'signed'))
ok('copy', await mine.copy(key, `${user}/js/copy.csv`))
no('move', await mine.move(key, `${user}/js/moved.csv`), '')
check('remove as a user', ok('remove', await mine.remove([key]))?.length === 0, 'it is gone')

const all = root.from(bucket)
ok('move as the service', await all.move(`${user}/js/copy.csv`, `${user}/js/moved.csv`))
ok('upsert as the service', await all.upload(key, 'new', { upsert: true, contentType: 'text/csv' }))
check('after the upsert', (await text(ok('download', await mine.download(key)))) === 'new', 'other bytes')
const removed = ok('remove as the service', await all.remove([key, `${user}/js/signed.csv`, `${user}/js/moved.csv`, `${user}/js/none`]))
check('removed', removed?.length === 3, removed)
ok('createBucket', await root.createBucket('js-bucket', { public: true, fileSizeLimit: '1KB', allowedMimeTypes: ['text/plain'] }))
no('createBucket again', await root.createBucket('js-bucket'), 'already exists')
no('createBucket as a user', await as(anon, token).createBucket('theirs'), 'row-level security')
ok('upload to it', await root.from('js-bucket').upload('a.txt', 'public', { contentType: 'text/plain' }))
no('upload too much', await root.from('js-bucket').upload('b.txt', 'x'.repeat(2000), { contentType: 'text/plain' }), 'maximum allowed size')
check('public URL', (await (await fetch(root.from('js-bucket').getPublicUrl('a.txt').data.publicUrl)).text()) === 'public', 'other bytes')
ok('updateBucket', await root.updateBucket('js-bucket', { public: false }))
check('getBucket', ok('getBucket', await root.getBucket('js-bucket'))?.public === false, 'still public')
ok('emptyBucket', await root.emptyBucket('js-bucket'))
ok('deleteBucket', await root.deleteBucket('js-bucket'))
check('listBuckets', ok('listBuckets', await root.listBuckets())?.length === 1, 'others')
console.log('done')
