// NUL (U+0000) in what is typed, posted, asked for and imported: refused by name or left out, no page breaks, and nothing is written.
import { test, expect, keeping, logIn, messageField, ownServer, shown } from './fixtures.mjs';
import { newTemplate, rest } from './rest.mjs';

const own = ownServer();

test.use({ allowed: ['status of 400', 'status of 404'] });

const NUL = '\u0000';
const NAMED = /must not contain NUL/;
const CONTRACT = { template_text: 'Hello {{ value }}.', parameters: [{ name: 'value', type: 'string', required: true }] };

let call;
let written;

// All that is governed leaves an event.
const events = async () => (await call('GET', '/admin/audit?limit=1')).items[0].sequence;

async function make(name) {
  const { key } = await newTemplate(name, CONTRACT, call);
  written = await events();
  return key;
}

test.beforeAll(async () => {
  call = await rest(own.url);
});

test.beforeEach(async ({ page }) => {
  await logIn(page, 'prompt_engineer');
  written = await events();
});

test.afterEach(async ({ page }) => {
  expect(await events()).toBe(written);
  await expect(page.getByText('Something went wrong')).toHaveCount(0);
});

// The wasm has taken over, which it can't where a text of the page is no text any more.
const hydrated = (page) => expect(page.locator('html[data-hydrated="true"]'), page.url()).toHaveCount(1);

async function open(page, key) {
  await page.goto(`/p/default/templates/${key}/edit`);
  await hydrated(page);
  await expect(page.locator('.code-editor .view-lines').first()).toBeVisible();
}

const type = (field, text) =>
  field.evaluate((field, text) => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, text);

// What was refused is not in the page any more once it is opened anew.
async function expectUntouched(page, key) {
  await open(page, key);
  await expect(messageField(page, 1)).toHaveValue(CONTRACT.template_text);
  await expect(page.getByText('You have a draft from')).toHaveCount(0);
}

test('in a call it is refused by its field', async () => {
  const record = { name: 'with_nul', display_name: 'With NUL', kind: 'single_shot', template_text: `a${NUL}b` };
  await expect(call('POST', '/admin/prompts/templates', record)).rejects.toThrow(/answered 422.*must not contain NUL/);
});

const ADDRESSES = [
  '/templates?search=%00', '/templates?search=%00Hello', '/templates?kind=%00&tag=%00&folder=%00&category=%00&sort=%00', '/templates?cursor=%00',
  '/templates/KEY?tab=%00', '/templates/KEY?tab=content&version=%00', '/templates/KEY?label=%00', '/templates/KEY?show=%00', '/templates/KEY?tab=use&lang=%00',
  '/templates/KEY/effective?label=%00', '/templates/KEY/graph?version=%00', '/templates/KEY/diff?from=1&to=2&v.value=%00', '/templates/KEY/diff?from=1&to=2&v.%00=%00',
  '/templates/KEY/diff?from=%00&to=%00&ws=%00&text=%00&sample=%00&view=%00', '/templates/KEY/edit?from=%00&sample=%00', '/templates/KEY/merge?x=%00',
  '/templates/%00', '/templates/KEY%00/edit', '/templates/new?from=%00', '/executions?agent=%00&user=%00&template=%00', '/executions?status=%00',
  '/executions?from=%00', '/executions/%00', '/audit?actor=%00&action=%00&object=%00', '/settings/users?cursor=%00', '/settings/keys?done=%00',
  '/settings/files?refused=%00&new=%00&changed=%00',
];

test('in an address it is answered by a page that works', async ({ page }) => {
  const key = await make('nul_address');
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Good morning, {{ value }}.' });
  written = await events();
  await logIn(page);
  for (const address of ADDRESSES) {
    const response = await page.goto(`/p/default${address.replace('KEY', key)}`);
    expect(response.status(), address).toBeLessThan(500);
    await hydrated(page);
    await expect(page.locator('main :is(h1, h2)').first(), address).toBeVisible();
    await expect(page.getByText('Something went wrong'), address).toHaveCount(0);
  }
});

test('in a text that is typed it is told beside the text, and neither a draft nor a version is made', async ({ page }) => {
  const key = await make('nul_typed');
  await open(page, key);
  await type(messageField(page, 1), `Hello${NUL} {{ value }}.`);
  await expect(keeping(page)).toContainText(/Draft not saved: .*NUL/);
  await expect(page.locator('.message-field').first()).toContainText(NAMED);
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Not saved' })).toContainText(NAMED);
  await expectUntouched(page, key);
});

test('in a value it is told beside the value, and no sample set is made of it', async ({ page }) => {
  const key = await make('nul_value');
  await open(page, key);
  await expect(shown(page)).toContainText('Hello');
  await type(page.getByLabel('value', { exact: true }), `Ada${NUL}`);
  await expect(page.getByRole('complementary', { name: 'Preview' })).toContainText(NAMED);
  await page.getByText('Save these values').click();
  await page.getByLabel('Name of a new set').fill('With NUL');
  await page.getByRole('button', { name: 'Save as new' }).click();
  await expect(page.getByRole('complementary', { name: 'Preview' }).getByRole('status').filter({ hasText: NAMED })).toBeVisible();
  expect((await call('GET', `/admin/prompts/templates/${key}/samples`)).items).toEqual([]);
});

// The form's fields as the page sends them, but for the given ones, posted by the browser itself or by the page's scripts.
const FIELDS = {
  'form[messages][0][content]': NAMED, 'form[parameters][0][name]': /use 1 to 64/, 'form[parameters][0][description]': NAMED, 'form[parameters][0][one_of]': NAMED,
  'form[commit_message]': /NUL/,
};

for (const [field, told] of Object.entries(FIELDS)) {
  test(`posted in ${field} it is refused by name`, async ({ page }) => {
    const key = await make('nul_posted');
    await open(page, key);
    const refused = page.getByRole('alert').filter({ hasText: 'Not saved' });
    await page.route(/\/api\/fn\/save_editor/, (route) => {
      const form = new URLSearchParams(route.request().postData());
      form.set(field, NUL);
      return route.continue({ postData: String(form) });
    });
    await page.getByRole('button', { name: 'Save version' }).click();
    await expect(refused).toContainText(told);
    await page.unrouteAll();
    await page.locator(`[name="${field}"]`).first().evaluate((field, value) => {
      const form = new FormData(field.form);
      form.set(field.name, value);
      const plain = document.body.appendChild(document.createElement('form'));
      for (const [name, text] of form) Object.assign(plain.appendChild(document.createElement('textarea')), { name, value: text });
      Object.assign(plain, { method: 'post', action: field.form.action }).submit();
    }, NUL);
    await page.waitForURL(/\/edit$/);
    await hydrated(page);
    await expect(refused).toContainText(told);
  });
}

// An archive of the template whose files are called otherwise, in as many bytes.
async function archive(page, key, name) {
  const reply = await page.request.get(`/api/v1/admin/export?keys=${key}`);
  return Buffer.from((await reply.body()).toString('latin1').replaceAll(`/${key}/`, `/${name.padEnd(key.length, '_')}/`), 'latin1');
}

test('in a file that is imported, in its name or in its text, it is told and nothing is imported', async ({ page }) => {
  const key = await make('nul_file');
  const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  const field = page.getByLabel('Files', { exact: true });
  const cases = [
    [file('a.prompty', `user:\nHi${NUL}there\n`), NAMED], [file('a.prompt', `Hi${NUL}there`), NAMED],
    [file('a.prompty', `---\ndescription: "${NUL}"\n---\nuser:\nHi\n`), /can't be read as YAML/], [file('a.prompty', '---\ndescription: "\\0"\n---\nuser:\nHi\n'), NAMED],
    [file(`a${NUL}b.prompty`, 'user:\nHi\n'), 'The files could not be read'], [file('a.zip', await archive(page, key, `nul${NUL}`)), 'a path is made of names'],
  ];
  for (const [file, told] of cases) {
    await page.goto('/p/default/settings/files');
    await field.setInputFiles(file);
    await page.getByRole('button', { name: 'Preview import' }).click();
    await expect(page.getByText(told).first()).toBeVisible();
    await hydrated(page);
    await expect(page.getByRole('button', { name: /^Import/ })).toHaveCount(0);
    const again = page.getByRole('button', { name: 'Choose other files' });
    if (await again.count()) await again.click();
    await expect(field).toBeVisible();
  }
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, allowed: ['promptory.js', 'promptory_bg.wasm', 'status of 400', 'status of 404'] });

  test('a preview, a draft and a save of a text with it are refused by name', async ({ page }) => {
    const key = await make('nul_plain');
    const preview = page.getByRole('complementary', { name: 'Preview' });
    const put = (field) => field.evaluate((field, text) => (field.value = text), `a${NUL}b`);
    await page.goto(`/p/default/templates/${key}/edit`);
    await put(page.getByLabel('value', { exact: true }));
    await preview.getByRole('button', { name: 'Preview' }).click();
    await expect(preview).toContainText(NAMED);
    for (const button of ['Save draft', 'Save version']) {
      await page.goto(`/p/default/templates/${key}/edit`);
      await put(messageField(page, 1));
      await page.getByRole('button', { name: button }).click();
      await expect(page.getByRole('alert').filter({ hasText: 'Not saved' })).toContainText('NUL');
    }
    await page.goto(`/p/default/templates/${key}/edit`);
    await expect(messageField(page, 1)).toHaveValue(CONTRACT.template_text);
  });
});
