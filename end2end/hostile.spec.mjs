// Hostile text in every field that holds text, shown in every view: nothing of it runs, nothing of it breaks the page.
import { test, expect, hydrated, kept, logIn, ownServer, messageField, writeMessage } from './fixtures.mjs';
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
const short = (text) => [...text].slice(0, 180).join('');
// Names are one line of what can be seen.
const name = (text) => [...short(text)].filter((c) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(c)).join('').trim().slice(0, 110).trim();

// Of a sample set, which is a part of an address.
const setName = (text) => name(text).replaceAll('/', '').slice(0, 100).trim();

const made = [];
// Calls the API as somebody else than the one who looks.
let callAsOther;

test.beforeAll(async () => {
  const call = await rest(own.url);
  callAsOther = await rest(own.url, 'prompt_engineer');
  const secret = cli(own.folder, ['key', 'create', 'hostile', '--environment', 'production']);
  const asKey = { 'content-type': 'application/json', 'x-api-key': secret };
  const send = async (path, body) => {
    const reply = await fetch(`${own.url}/api/v1${path}`, { method: 'POST', headers: asKey, body: JSON.stringify(body) });
    expect(reply.status, await reply.clone().text()).toBeLessThan(300);
    return reply.status === 204 ? undefined : reply.json();
  };
  for (const [n, text] of Object.values(CORPUS).entries()) {
    const key = `hostile_${n}`;
    const parameters = [{ name: 'value', type: 'string', required: true, description: short(text) }];
    const record = { display_name: name(text), description: short(text), category: 'hostile' };
    await call('POST', '/admin/prompts/templates', { name: key, kind: 'single_shot', template_text: 'Before {{ value }}.', parameters, ...record });
    await call('PUT', `/admin/prompts/templates/${key}`, { template_text: `${text}\n{{ value }}`, parameters, commit_message: short(text) });
    await call('PUT', '/admin/labels', { template: key, label: 'production', version: 2, reason: short(text) });
    await call('POST', `/admin/prompts/templates/${key}/samples`, { name: setName(text), variables: { value: text } });
    const rendered = await send('/prompts/render', { template_name: key, variables: { value: text }, agent: short(text), feature: short(text), user_id: short(text) });
    await send(`/executions/${rendered.execution_id}/result`, { model_response: text, latency_ms: 5, status: 'success' });
    made.push({ key, text, parameters, execution: rendered.execution_id });
  }
});

const views = ({ key, execution }) => [
  '', '/templates', `/templates?search=${key}`, `/templates/${key}`, `/templates/${key}?tab=content`, `/templates/${key}?tab=content&version=1`,
  `/templates/${key}?tab=lint`, `/templates/${key}?tab=use`, `/templates/${key}?tab=fields`, `/templates/${key}/effective`, `/templates/${key}/graph`,
  `/templates/${key}/diff?from=1&to=2`, `/templates/${key}/diff?from=1&to=2&view=unified`, `/templates/${key}/diff?from=1&to=2&text=effective`,
  '/executions', `/executions/${execution}`, '/audit',
];

// Nothing ran, and no element of the text's is in the page.
async function expectInert(page) {
  const found = await page.evaluate(() => {
    const count = (selectors) => document.querySelectorAll(`:is(main, [role="dialog"]) :is(${selectors})`).length;
    return {
      ran: window.__ran,
      handlers: count('[onerror], [onload], [onfocus], [onclick], [onmouseover]'),
      scripts: count('script:not([nonce])'),
      links: [...document.querySelectorAll('a[href], form[action]')].filter((e) => /^\s*javascript:/i.test(e.getAttribute('href') ?? e.getAttribute('action'))).length,
      hidden: count('b, i, img, svg[onload]'),
    };
  });
  expect(found).toEqual({ ran: undefined, handlers: 0, scripts: 0, links: 0, hidden: 0 });
}

async function expectInertAt(page, path) {
  await page.goto(`/p/default${path}`);
  await hydrated(page);
  await expect(page.locator('h1').first()).toBeVisible();
  await expectInert(page);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, path).toBeLessThanOrEqual(0);
}

// What the palette finds, and what is typed in it.
async function expectInertInPalette(page, { key, text }) {
  // A query has few words.
  const words = name(text).slice(0, 40);
  const field = page.getByRole('combobox', { name: 'Find templates, pages and actions' });
  const found = (group) => page.getByRole('listbox', { name: 'Results' }).getByRole('group', { name: group, exact: true });
  await page.keyboard.press('Control+k');
  await field.fill(key);
  await expect(found('Templates')).toContainText(words);
  await expectInert(page);
  const answered = page.waitForResponse(/suggest_templates/);
  await field.fill(words);
  await answered;
  await expect(found('Search')).toContainText(words);
  await expectInert(page);
  await page.keyboard.press('Escape');
  await expect(field).toBeHidden();
}

// What the editor holds and previews; then a draft beside a version, and what somebody else saved meanwhile.
async function expectInertWriting(page, { key, text, parameters }) {
  await expectInertAt(page, `/templates/${key}/edit?sample=${encodeURIComponent(setName(text))}`);
  await expect(messageField(page, 1)).toHaveValue(`${text}\n{{ value }}`);
  await expect(page.getByLabel('Sample set')).toHaveValue(setName(text));
  await expect(page.getByLabel('value', { exact: true })).toHaveValue(text);
  await expectInertInPalette(page, { key, text });
  await writeMessage(page, 1, `mine ${text}\n{{ value }}`);
  await kept(page);
  await expectInert(page);
  await expectInertAt(page, `/templates/${key}/diff?from=2&to=draft`);
  await expect(page.getByLabel('to', { exact: true })).toHaveValue('draft');
  await callAsOther('PUT', `/admin/prompts/templates/${key}`, { template_text: `theirs ${text}\n{{ value }}`, parameters });
  await expectInertAt(page, `/templates/${key}/merge`);
  await expect(page.getByRole('group', { name: /^Conflict 1 of 1/ })).toBeVisible();
}

for (const [n, title] of Object.keys(CORPUS).entries()) {
  test(`${title} is shown inert in every view`, async ({ page }) => {
    page.on('dialog', () => expect('a dialog').toBe('none'));
    await logIn(page);
    for (const path of views(made[n])) await expectInertAt(page, path);
    await expectInertWriting(page, made[n]);
  });
}

test('what can’t be seen is written out where texts are compared', async ({ page }) => {
  await logIn(page);
  const n = Object.keys(CORPUS).findIndex((title) => title.startsWith('right-to-left'));
  await page.goto(`/p/default/templates/${made[n].key}/diff?from=1&to=2&view=unified`);
  await expect(page.getByText('⟨U+202E⟩').first()).toBeVisible();
});

test('NUL is refused by name, and nothing is written', async () => {
  const reply = await fetch(`${own.url}/api/v1/auth/token`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'super_admin@example.com', password: 'a long enough sentence' }),
  });
  const { access_token } = await reply.json();
  const answer = await fetch(`${own.url}/api/v1/admin/prompts/templates`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${access_token}` },
    body: JSON.stringify({ name: 'with_nul', display_name: 'With NUL', kind: 'single_shot', template_text: 'a\u0000b' }),
  });
  expect(answer.status).toBe(422);
  expect((await answer.json()).errors[0].message).toContain('NUL');
});
