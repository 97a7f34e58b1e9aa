// Hostile text in every field that holds text, shown in every view: nothing of it runs, nothing of it breaks the page.
import { test, expect, hydrated, kept, logIn, ownServer, messageField, PASSWORD, writeMessage } from './fixtures.mjs';
import { cli } from './server.mjs';
import { rest } from './rest.mjs';

const own = ownServer();

// What each would do if it were read as markup or code, is to set this.
const MARK = 'window.__ran=1';
const CORPUS = {
  script: `<script>${MARK}</script>`,
  'an end of a textarea': `</textarea><script>${MARK}</script><img src=x onerror="${MARK}">`,
  'an end of a style and a title': `</style></title><svg onload="${MARK}"><style>*{display:none}</style>`,
  'an attribute that ends': `" autofocus onfocus="${MARK}" x="' onmouseover='${MARK}`,
  'an address that runs': `javascript:${MARK}//[a](javascript:${MARK})`,
  'a comment and CDATA': `<!--><script>${MARK}</script>--><![CDATA[<script>${MARK}</script>]]>`,
  'an end of the page’s data': `</script><script>${MARK}</script>\\u003cscript\\u003e${MARK}`,
  'right-to-left and what can’t be seen': 'pay \u202e01\u202c to\u200b A\u2066B\u2069 \ufeff now',
  'a line of 50 KB': `<b>${'x'.repeat(50_000)}</b>`,
  'many marks on one letter': `a${'\u0301'.repeat(2_000)} <i onclick="${MARK}">z</i>`,
};
// Each is written; in every view alone are shown the best known, and all of them where the tests are to take long.
const FEW = ['script', 'an end of a textarea', 'right-to-left and what can’t be seen', 'a line of 50 KB'];
const isWhole = Number(process.env.PROMPTORY_TEST_SCALE ?? 1) > 1;
const shownAlone = [...Object.keys(CORPUS).entries()].filter(([, title]) => isWhole || FEW.includes(title));

const short = (text) => [...text].slice(0, 180).join('');
// Names are one line of what can be seen.
const name = (text) => [...short(text)].filter((c) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(c)).join('').trim().slice(0, 110).trim();

// Of a sample set or a file, which is a part of an address.
const partName = (text) => name(text).replaceAll('/', '').slice(0, 100).trim();
// As a search takes it: few words.
const words = (text) => text.match(/[\p{L}\p{N}]+/gu).filter((word) => word.length <= 40).slice(0, 6).join(' ');
const encode = encodeURIComponent;

const SCREEN = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 780 };

const made = [];

test.beforeAll(async () => {
  const call = await rest(own.url);
  const secret = cli(own.folder, ['key', 'create', 'hostile', '--environment', 'production']);
  const asKey = { 'content-type': 'application/json', 'x-api-key': secret };
  const send = async (path, body) => {
    const reply = await fetch(`${own.url}/api/v1${path}`, { method: 'POST', headers: asKey, body: JSON.stringify(body) });
    expect(reply.status, await reply.clone().text()).toBeLessThan(300);
    return reply.status === 204 ? undefined : reply.json();
  };
  for (const [n, text] of Object.values(CORPUS).entries()) {
    const [key, some] = [`hostile_${n}`, short(text)];
    const parameters = [
      { name: 'value', type: 'string', required: true, description: some },
      { name: 'other', type: 'string', default: some, enum: [some, 'b'], description: some },
    ];
    const before = [parameters[0], { name: 'other', type: 'string', default: 'b' }];
    const record = { display_name: name(text), description: some, category: 'hostile' };
    await call('POST', '/admin/users', { email: `${key}@example.com`, name: name(text), role: 'content_manager', password: PASSWORD });
    await call('POST', '/admin/keys', { name: name(text).slice(0, 80).trim(), environment: 'development', scopes: ['prompts:read'] });
    await call('POST', '/admin/prompts/templates', { name: key, kind: 'single_shot', template_text: 'Before {{ value }}.', parameters: before, ...record });
    const content = { template_text: `${text}\n{{ value }}`, parameters, config: { model: some, [some]: some } };
    await call('PUT', `/admin/prompts/templates/${key}`, { ...content, commit_message: some });
    await call('PUT', '/admin/labels', { template: key, label: 'production', version: 2, reason: some });
    await call('POST', `/admin/prompts/templates/${key}/samples`, { name: partName(text), variables: { value: text } });
    const caller = { agent: some, feature: some, user_id: some, session_id: some, request_id: some };
    const result = { model_response: text, latency_ms: 5, status: 'success' };
    const failure = { error_type: some.slice(0, 90), error_message: some, model: some.slice(0, 90), provider: some.slice(0, 90), status: 'failure' };
    const ran = [];
    for (const report of [result, failure]) {
      const { execution_id } = await send('/prompts/render', { template_name: key, variables: { value: text }, ...caller });
      await send(`/executions/${execution_id}/result`, report);
      ran.push(execution_id);
    }
    await call('PUT', '/admin/labels', { template: key, label: 'canary', version: 1 });
    const item = { template: key, label: 'canary', version: 2 };
    const { number } = await call('POST', '/admin/changes', { title: name(text), description: some, items: [item] });
    await call('POST', `/admin/changes/${number}/comments`, { template: key, version: 2, message: 0, line: 1, body: some, suggestion: text });
    await call('POST', `/admin/changes/${number}/reviews`, { verdict: 'comment', body: some });
    made.push({ key, text, parameters, ran, number });
  }
  const device = name(CORPUS['an end of a textarea']);
  const form = new URLSearchParams({ email: 'super_admin@example.com', password: PASSWORD, next: '/livez' });
  const reply = await fetch(`${own.url}/login`, { method: 'POST', body: form, redirect: 'manual', headers: { 'user-agent': device, origin: own.url } });
  expect(reply.headers.get('location')).toBe('/livez');
});

// Pages that hold what is of one text.
const views = ({ key, text, ran, number }) => [
  `/templates?search=${key}`, `/templates/${key}`, `/templates/${key}?tab=content`,
  `/templates/${key}?tab=content&version=1`, `/templates/${key}?tab=lint`, `/templates/${key}?tab=use`, `/templates/${key}?tab=fields`,
  `/templates/${key}/effective`, `/templates/${key}/graph`, `/templates/${key}/diff?from=1&to=2`, `/templates/${key}/diff?from=1&to=2&view=unified`,
  `/templates/${key}/diff?from=1&to=2&text=effective`, `/templates/${key}/diff?from=1&to=2&v.value=${encode(short(text))}`,
  `/changes/${number}`, `/changes/${number}?on=${key}.2.0.1`, ...ran.map((id) => `/executions/${id}`), `/audit?object=template:${key}`,
];

// Of those, what is looked at on a phone, too.
const isNarrow = (path) => /search=|tab=content$|to=2$|executions|changes/.test(path);

// Pages that say what their address asks for.
const asked = ({ text }) => [
  `/templates?search=${encode(short(text))}`, `/executions?status=${encode(short(text))}`, `/executions/${encode(short(text))}`,
  `/audit?actor=${encode(short(text))}`, `/changes?search=${encode(short(text))}&author=${encode(short(text))}`,
];

// Pages where all of them meet.
const COMMON = [
  '', '/templates', '/templates/new', '/executions', '/executions?status=failure', '/audit', '/settings/users', '/settings/keys', '/settings/lint', '/settings/policies', '/changes?status=any',
  '/settings/files', '/settings/sessions',
];

// Characters that turn what stands around them, raw where a page shows text; a field and an editor hold what was typed.
const turned = (page, within) =>
  page.evaluate((within) => {
    const place = (e, depth) => {
      const self = e.id ? `#${e.id}` : [e.localName, ...e.classList].join('.');
      return depth > 0 && e.parentElement && !e.id ? `${place(e.parentElement, depth - 1)} > ${self}` : self;
    };
    const found = [];
    for (const root of document.querySelectorAll(within)) {
      const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const at = node.data.search(/[\u202a-\u202e\u2066-\u2069]/);
        if (at < 0 || node.parentElement.closest('textarea, input, option, .monaco-editor')) continue;
        found.push(`${place(node.parentElement, 4)}: ${JSON.stringify(node.data.slice(Math.max(0, at - 20), at + 20))}`);
      }
    }
    return found;
  }, within);

// Nothing ran, no element of the text's is in the page, and nothing of it turns the page's own words.
async function expectInert(page, within = ':is(main, [role="dialog"])') {
  const found = await page.evaluate((within) => {
    const count = (selectors) => document.querySelectorAll(`${within} :is(${selectors})`).length;
    return {
      ran: window.__ran,
      handlers: count('[onerror], [onload], [onfocus], [onclick], [onmouseover]'),
      scripts: count('script:not([nonce])'),
      links: [...document.querySelectorAll('a[href], form[action]')].filter((e) => /^\s*javascript:/i.test(e.getAttribute('href') ?? e.getAttribute('action'))).length,
      hidden: count('b, i, img, svg[onload]'),
    };
  }, within);
  const none = { ran: undefined, handlers: 0, scripts: 0, links: 0, hidden: 0, turned: [] };
  expect({ ...found, turned: await turned(page, within) }, page.url()).toEqual(none);
}

async function expectInertAt(page, path) {
  await page.goto(`/p/default${path}`);
  await hydrated(page);
  await expectInertThere(page, path);
}

async function expectInertThere(page, path) {
  await expect(page.locator('main :is(h1, h2)').first()).toBeVisible();
  await expectInert(page);
  await expectFits(page, path);
}

async function expectFits(page, path) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, path).toBeLessThanOrEqual(0);
}

// Lists that were asked for the text itself, and have it.
async function expectInertFound(page, { key, text }) {
  await expectInertAt(page, `/templates?search=${encode(words(text))}`);
  const row = page.getByRole('row').filter({ hasText: key });
  await expect(row.locator('.found-list mark').first()).toBeVisible();
  await expectInertAt(page, `/executions?template=${key}&agent=${encode(short(text))}&user=${encode(short(text))}`);
  await expect(page.locator('.exec-row')).toHaveCount(2);
}

// What the palette finds, and what is typed in it.
async function expectInertInPalette(page, { key, text }) {
  // A query has few words.
  const typed = name(text).slice(0, 40);
  const field = page.getByRole('combobox', { name: 'Find templates, pages and actions' });
  const found = (group) => page.getByRole('listbox', { name: 'Results' }).getByRole('group', { name: group, exact: true });
  await page.keyboard.press('Control+k');
  await field.fill(key);
  await expect(found('Templates')).toContainText(typed);
  await expectInert(page);
  const answered = page.waitForResponse(/suggest_templates/);
  await field.fill(typed);
  await answered;
  await expect(found('Search')).toContainText(typed);
  await expectInert(page);
  await field.fill(short(text));
  await expectInert(page);
  await page.keyboard.press('Escape');
  await expect(field).toBeHidden();
}

// Somebody of that name is there, too.
async function expectInertBeside(page, other, { key, text }) {
  await logIn(other, key);
  await expectInertAt(other, `/templates/${key}`);
  await other.getByRole('button', { name: /account and settings/ }).click();
  await expectInert(other, 'body');
  await expect(page.locator('.presence')).toContainText(`${name(text)} is looking`);
  await expectInert(page);
}

// What the editor holds and previews; then a draft beside a version, and what somebody else saved meanwhile.
async function expectInertWriting(page, other, { key, text, parameters }) {
  await expectInertAt(page, `/templates/${key}/edit?sample=${encode(partName(text))}`);
  await expect(messageField(page, 1)).toHaveValue(`${text}\n{{ value }}`);
  await expect(page.getByLabel('Sample set')).toHaveValue(partName(text));
  await expect(page.getByLabel('value', { exact: true })).toHaveValue(text);
  await expectInertInPalette(page, { key, text });
  await expectInertBeside(page, other, { key, text });
  await writeMessage(page, 1, `mine ${text}\n{{ value }}`);
  await kept(page);
  await expectInert(page);
  await expectInertAt(page, `/templates/${key}/diff?from=2&to=draft`);
  await expect(page.getByLabel('to', { exact: true })).toHaveValue('draft');
  const callAsOther = await rest(own.url, key);
  await callAsOther('PUT', `/admin/prompts/templates/${key}`, { template_text: `theirs ${text}\n{{ value }}`, parameters, commit_message: short(text) });
  await expectInertAt(page, `/templates/${key}/merge`);
  await expect(page.getByRole('group', { name: /^Conflict 1 of 1/ })).toBeVisible();
}

// A file that says it in each of its members, and one of that name; then files that can't be read.
async function expectInertImport(page, { key, text }) {
  const said = JSON.stringify(short(text));
  const front = `---\ndisplayName: ${JSON.stringify(`new ${name(text)}`)}\ndescription: ${JSON.stringify(`new ${short(text)}`)}\n${said}: ${said}\n---\n`;
  const file = (name, text) => ({ name: `${name}.prompty`, mimeType: 'text/plain', buffer: Buffer.from(text) });
  const field = page.getByLabel('Files', { exact: true });
  const choose = async (files, told) => {
    await field.setInputFiles(files);
    await page.getByRole('button', { name: 'Preview import' }).click();
    await expect(page.getByText(told).first()).toBeVisible();
    await hydrated(page);
    await expectInertThere(page, 'import');
    const again = page.getByRole('button', { name: /^(Discard|Choose other files)$/ });
    if (await again.count()) await again.click();
    await expect(field).toBeVisible();
  };
  await expectInertAt(page, '/settings/files');
  const named = partName(text).replaceAll(':', '').slice(0, 40);
  await choose([file(key, `${front}user:\nnew ${text}\n`), file(named, `user:\n${text}\n`)], '1 new, 1 changed, 0 the same');
  await choose([file(short(text), `user:\n${text}\n{% if %}\n`)], "This can't be imported yet");
  await choose({ name: 'a.zip', mimeType: 'application/zip', buffer: await archive(page, key, text) }, /can't be imported yet|needs? a change|1 new, 0 changed/);
}

// An export of the template whose folder is called after the text, in as many bytes.
async function archive(page, key, text) {
  const reply = await page.request.get(`/api/v1/admin/export?keys=${key}`);
  const folder = Buffer.from(text).subarray(0, key.length).toString('latin1');
  return Buffer.from((await reply.body()).toString('latin1').replaceAll(`prompts/${key}/`, `prompts/${folder}/`), 'latin1');
}

// The document for an e-mail, as a program shows it that has no policy of ours.
async function expectInertInMail(page, { key }) {
  const reply = await page.request.get(`/api/v1/admin/prompts/templates/${key}/comparison/mail?from=1&to=2`);
  expect(reply.status()).toBe(200);
  await page.goto('about:blank');
  await page.setContent(await reply.text());
  await expect(page.locator('h1')).toContainText(key);
  await expectInert(page, 'body');
}

for (const [n, title] of shownAlone) {
  test(`${title} is shown inert in every view`, async ({ page, other }) => {
    for (const browser of [page, other]) browser.on('dialog', () => expect('a dialog').toBe('none'));
    await logIn(page);
    for (const path of views(made[n])) {
      await expectInertAt(page, path);
      if (!isNarrow(path)) continue;
      await page.setViewportSize(PHONE);
      await expectFits(page, path);
      await page.setViewportSize(SCREEN);
    }
    await expectInertFound(page, made[n]);
    await expectInertInMail(page, made[n]);
    await expectInertImport(page, made[n]);
    await expectInertWriting(page, other, made[n]);
  });
}

test('all of them are shown inert where they meet', async ({ page }) => {
  page.on('dialog', () => expect('a dialog').toBe('none'));
  await logIn(page);
  for (const path of COMMON) await expectInertAt(page, path);
});

test.describe('what an address asks for', () => {
  test.use({ allowed: ['status of 400', 'status of 404'] });
  for (const [n, title] of shownAlone) {
    test(`${title} is told inert`, async ({ page }) => {
      await logIn(page);
      for (const path of asked(made[n])) await expectInertAt(page, path);
    });
  }
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, viewport: PHONE, allowed: ['promptory.js', 'promptory_bg.wasm'] });
  for (const [n, title] of shownAlone) {
    test(`${title} is shown inert, and the form holds it as it is`, async ({ page }) => {
      const { key, text, parameters, ran } = made[n];
      await logIn(page, 'prompt_engineer');
      for (const path of [`/templates/${key}?tab=content`, `/templates/${key}/diff?from=1&to=2`, `/executions/${ran[0]}`]) {
        await page.goto(`/p/default${path}`);
        await expectInertThere(page, path);
      }
      await page.goto(`/p/default/templates/${key}/edit?from=2`);
      await expectInertThere(page, 'edit');
      await expect(messageField(page, 1)).toHaveValue(`${text}\n{{ value }}`);
      await messageField(page, 1).fill(`mine ${text}\n{{ value }}`);
      const callAsOther = await rest(own.url, key);
      await callAsOther('PUT', `/admin/prompts/templates/${key}`, { template_text: `theirs, too ${text}\n{{ value }}`, parameters });
      await page.getByRole('button', { name: 'Save version' }).click();
      await expect(messageField(page, 1)).toHaveValue(`mine ${text}\n{{ value }}`);
      await expectInertThere(page, 'edit');
      await page.getByRole('button', { name: /^Merge with version/ }).click();
      await expect(page.getByRole('group', { name: /^Conflict 1 of 1/ })).toBeVisible();
      await expectInertThere(page, 'merge');
    });
  }
});

test('what can’t be seen is written out where texts are compared', async ({ page }) => {
  await logIn(page);
  const n = Object.keys(CORPUS).findIndex((title) => title.startsWith('right-to-left'));
  await page.goto(`/p/default/templates/${made[n].key}/diff?from=1&to=2&view=unified`);
  await expect(page.getByText('⟨U+202E⟩').first()).toBeVisible();
});
