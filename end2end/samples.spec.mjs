// Sample sets, where rendered text comes from, the contract from a schema, and what a template is made of.
import { expect, expectAccessible, hydrated, leaveEditor, logIn, shown, test, writeMessage } from './fixtures.mjs';
import { held } from './held.mjs';
import { newTemplate, unique } from './rest.mjs';

const GREETING = {
  template_text: 'Dear {{ name }}, you are {{ age }}.',
  parameters: [
    { name: 'name', type: 'string', required: true },
    { name: 'age', type: 'integer', required: true },
  ],
};

async function withSets(name, sets) {
  const { key, call } = await newTemplate(name, GREETING);
  for (const [set, variables] of Object.entries(sets)) await call('POST', `/admin/prompts/templates/${key}/samples`, { name: set, variables });
  return key;
}

const value = (page, name) => page.getByLabel(name, { exact: true });
const told = (page) => page.locator('.samples .told-list');
const narrow = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

async function edit(page, key, query = '') {
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}/edit${query}`);
}

test('a sample set is chosen, kept in the address, changed, stored anew and deleted', async ({ page }) => {
  const key = await withSets('sampled', { Ada: { name: 'Ada', age: 36 }, 'Old & new': { name: 'Grace', title: 'Admiral' } });
  await edit(page, key);
  await hydrated(page);
  await page.getByLabel('Sample set').selectOption('Ada');
  await expect(shown(page)).toContainText('Dear Ada, you are 36.');
  await expect(page).toHaveURL(/\?sample=Ada$/);
  // A parameter that the set leaves out is a problem, one that the contract doesn't know a note.
  await page.getByLabel('Sample set').selectOption('Old & new');
  await expect(told(page)).toContainText("Ignored, as the contract doesn't know it: title.");
  await expect(page.locator('.variable').filter({ hasText: 'age' })).toContainText('required');
  await value(page, 'age').fill('85');
  await expect(shown(page)).toContainText('Dear Grace, you are 85.');
  await page.locator('.sample-store > summary').click();
  await page.getByRole('button', { name: 'Save over the set' }).click();
  await expect(told(page)).toContainText('Saved as Old & new.');
  await value(page, 'name').fill('grace.hopper@navy.mil');
  await page.getByLabel('Name of a new set').fill('Ada');
  await page.getByRole('button', { name: 'Save as new' }).click();
  await expect(told(page)).toContainText('already is a sample set');
  await page.getByLabel('Name of a new set').fill('Mail');
  await page.getByRole('button', { name: 'Save as new' }).click();
  await expect(told(page)).toContainText('Saved as Mail.');
  await expect(told(page)).toContainText('an e-mail address');
  await expect(page).toHaveURL(/\?sample=Mail$/);
  await expectAccessible(page);

  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Sample set')).toHaveValue('Mail');
  await expect(value(page, 'name')).toHaveValue('grace.hopper@navy.mil');
  await page.locator('.sample-store > summary').click();
  await page.locator('.sample-store').getByText('Delete the set…').click();
  await page.getByRole('button', { name: 'Delete sample set' }).click();
  await expect(told(page)).toContainText('Deleted Mail.');
  await expect(page).toHaveURL(/\/edit$/);
  await expect(page.getByLabel('Sample set')).toHaveValue('');
  await expect(page.getByLabel('Sample set').locator('option')).toHaveText(['None: made-up values', 'Ada', 'Old & new']);
});

test('a set takes the place of what was typed, and a parameter that goes takes only its own value along', async ({ page }) => {
  const parameters = ['first', 'second'].map((name) => ({ name, type: 'string', required: true }));
  const { key, call } = await newTemplate('typed_over', { template_text: '{{ first }} {{ second }}', parameters });
  await call('POST', `/admin/prompts/templates/${key}/samples`, { name: 'Grace', variables: { first: 'Grace', second: 'Hopper' } });
  await edit(page, key);
  await hydrated(page);
  await value(page, 'first').fill('typed');
  await value(page, 'second').fill('typed too');
  await page.getByLabel('Sample set').selectOption('Grace');
  await expect(value(page, 'first')).toHaveValue('Grace');
  await expect(value(page, 'second')).toHaveValue('Hopper');
  await value(page, 'first').fill('Rear Admiral Grace');
  await page.getByLabel('Sample set').selectOption('');
  await expect(value(page, 'first')).toHaveValue('[first]');
  await value(page, 'first').fill('goes');
  await value(page, 'second').fill('stays');
  await page.getByRole('button', { name: 'Remove parameter 1' }).click();
  await expect(value(page, 'first')).toHaveCount(0);
  await expect(value(page, 'second')).toHaveValue('stays');
  await writeMessage(page, 1, '{{ second }}');
  await expect(shown(page)).toContainText('stays');
});

test.describe('sets that come late', () => {
  test.use({ allowed: ['Failed to load resource', 'net::ERR_FAILED'] });
  test('are dropped when another is chosen, and nothing is stored in them meanwhile', async ({ page }) => {
    const key = await withSets('late_sets', { Ada: { name: 'Ada', age: 36 }, Grace: { name: 'Grace', age: 85 }, Mary: { name: 'Mary', age: 41 } });
    await edit(page, key, '?sample=Ada');
    await hydrated(page);
    const [choice, store] = [page.getByLabel('Sample set'), page.getByRole('button', { name: 'Save over the set' })];
    await page.locator('.sample-store > summary').click();
    const [late, answered] = [await held(page, /load_samples/), page.waitForResponse((response) => /load_samples/.test(response.url()) && response.request().postData().includes('Grace'))];
    await choice.selectOption('Grace');
    await late.asked;
    await expect(store).toBeDisabled();
    await choice.selectOption('Mary');
    await expect(value(page, 'name')).toHaveValue('Mary');
    late.release();
    await answered;
    await expect(store).toBeEnabled();
    await expect(choice).toHaveValue('Mary');
    await expect(value(page, 'name')).toHaveValue('Mary');
    // One that can't be loaded is not the chosen one.
    await page.route(/load_samples/, (route) => route.abort());
    await choice.selectOption('Grace');
    await expect(told(page)).toHaveClass(/is-wrong/);
    await expect(choice).toHaveValue('Mary');
    await store.click();
    await expect(told(page)).toContainText('Saved as Mary.');
  });
});

test('what another template brought in is marked, and its problems lead there', async ({ page }) => {
  const head = await newTemplate('head', { template_text: 'You speak for {{ name }}. {% block tone %}Be kind.{% endblock %}', parameters: [{ name: 'name', type: 'string' }] });
  const key = await withSets('marked', {});
  await edit(page, key);
  await hydrated(page);
  await writeMessage(page, 1, `{% extends "${head.key}" %}\n{% block tone %}Be brief, {{ age }}.{% endblock %}`);
  await expect(shown(page)).toContainText('You speak for [name]. Be brief, 1.');
  await expect(shown(page).locator('.from-part').first()).toHaveText('You speak for ');
  await expect(shown(page).locator('.from-part').first()).toHaveAttribute('title', `from ${head.key} v1`);
  await expect(shown(page).locator('.from-value.from-part')).toHaveAttribute('title', `from name, ${head.key} v1`);
  await expect(shown(page).locator('.part-legend a')).toHaveAttribute('href', `/p/default/templates/${head.key}?tab=content&version=1`);
  await expect(shown(page).locator('.part-legend li')).toContainText('1');
  await expectAccessible(page);
  const underlined = () => shown(page).locator('.from-part').first().evaluate((e) => getComputedStyle(e).borderBottomStyle);
  expect(await underlined()).toBe('dashed');
  await page.getByLabel('Mark text from other templates').uncheck();
  expect(await underlined()).toBe('none');
  // A problem that stands in the other template.
  await page.getByRole('button', { name: 'Remove parameter 1' }).click();
  const there = page.locator('.live-problems').getByRole('link', { name: `Open ${head.key} v1, line 1` });
  await expect(there).toHaveAttribute('href', `/p/default/templates/${head.key}?tab=content&version=1`);
});

const SCHEMA = JSON.stringify({
  type: 'object',
  required: ['city'],
  properties: { city: { type: 'string', maxLength: 40 }, days: { type: 'integer', default: 3 } },
});

test('a contract is taken from a JSON Schema, and what it can not say is told', async ({ page }) => {
  await edit(page, await withSets('schema', {}));
  await hydrated(page);
  await page.getByText('Take the contract from a JSON Schema').click();
  const area = page.locator('textarea[name="form[schema]"]');
  await area.fill('{"properties": {"when": {"type": "string", "format": "date"}}}');
  await page.getByRole('button', { name: 'Replace the contract' }).click();
  await expect(page.locator('.import-schema .told-list')).toContainText('properties.when.format');
  await expect(page.locator('input[name="form[parameters][0][name]"]')).toHaveValue('name');
  await area.fill(SCHEMA);
  await page.getByRole('button', { name: 'Replace the contract' }).click();
  await expect(page.locator('input[name="form[parameters][0][name]"]')).toHaveValue('city');
  await expect(page.locator('input[name="form[parameters][1][default]"]')).toHaveValue('3');
  await expect(page.locator('.contract-changes')).toContainText('Breaks callers');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('input[name="form[parameters][0][name]"]')).toHaveValue('name');
  await expectAccessible(page);
});

test('a contract that comes late brings back all that was typed, and nothing when the page was left', async ({ page }) => {
  const key = await withSets('late_schema', {});
  await edit(page, key);
  await hydrated(page);
  const [name, value] = ['name', 'default'].map((part) => page.locator(`input[name="form[parameters][0][${part}]"]`));
  const replace = async () => {
    const schema = await held(page, /import_schema/);
    await page.getByRole('button', { name: 'Replace the contract' }).click();
    await schema.asked;
    return schema;
  };
  await page.getByText('Take the contract from a JSON Schema').click();
  await page.locator('textarea[name="form[schema]"]').fill(SCHEMA);
  const first = await replace();
  await value.fill('Typed meanwhile');
  first.release();
  await expect(name).toHaveValue('city');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(name).toHaveValue('name');
  await expect(value).toHaveValue('Typed meanwhile');
  const [second, answered] = [await replace(), page.waitForResponse(/import_schema/)];
  await leaveEditor(page, key);
  second.release();
  await (await answered).finished();
  // A page whose scripts broke over it would no longer follow a link by itself.
  await page.getByRole('link', { name: 'Edit' }).first().click();
  await expect(name).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, allowed: ['promptory.js', 'promptory_bg.wasm'] });

  test('sample sets are used, stored and deleted, and what is typed stays', async ({ page }) => {
    const key = await withSets('plain_sets', { Ada: { name: 'Ada', age: 36 } });
    await edit(page, key);
    await page.getByRole('textbox', { name: 'Message 1', exact: true }).fill('Hi {{ name }}, {{ age }}');
    await page.getByLabel('Sample set').selectOption('Ada');
    await page.getByRole('button', { name: 'Use', exact: true }).click();
    await expect(page).toHaveURL(/\?sample=Ada$/);
    await expect(value(page, 'name')).toHaveValue('Ada');
    await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toHaveValue('Hi {{ name }}, {{ age }}');
    await value(page, 'age').fill('40');
    await page.locator('.sample-store > summary').click();
    await page.getByLabel('Name of a new set').fill('Forty');
    await page.getByRole('button', { name: 'Save as new' }).click();
    await expect(told(page)).toContainText('Saved as Forty.');
    await expect(page.getByLabel('Sample set')).toHaveValue('Forty');
    await value(page, 'age').fill('forty');
    await page.locator('.sample-store > summary').click();
    await page.getByRole('button', { name: 'Save over the set' }).click();
    await expect(told(page)).toContainText('give a whole number');
    await expect(value(page, 'age')).toHaveValue('forty');
    await page.locator('.sample-store').getByText('Delete the set…').click();
    await page.getByRole('button', { name: 'Delete sample set' }).click();
    await expect(told(page)).toContainText('Deleted Forty.');
    await expect(page.getByLabel('Sample set').locator('option')).toHaveText(['None: made-up values', 'Ada']);
    await page.getByRole('button', { name: 'Preview' }).last().click();
    await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toHaveValue('Hi {{ name }}, {{ age }}');
  });

  test('a contract is taken from a JSON Schema', async ({ page }) => {
    await edit(page, await withSets('plain_schema', {}));
    await page.getByText('Take the contract from a JSON Schema').click();
    await page.locator('textarea[name="form[schema]"]').fill('{"properties": {"x": {"type": "date"}}}');
    await page.getByRole('button', { name: 'Replace the contract' }).click();
    await expect(page.locator('.import-schema .told-list')).toContainText('properties.x.type');
    await page.locator('textarea[name="form[schema]"]').fill(SCHEMA);
    await page.getByRole('button', { name: 'Replace the contract' }).click();
    await expect(page.locator('.import-schema .told-list')).toContainText('2 parameters');
    await expect(page.locator('input[name="form[parameters][0][name]"]')).toHaveValue('city');
  });
});

// A part, what extends it under two labels, and what includes that.
async function family() {
  const part = await newTemplate('part', { template_text: 'Rules:\n{% block rules %}- none{% endblock %}\nBye {{ name }}', parameters: [{ name: 'name', type: 'string' }] });
  const text = `{% extends "${part.key}" %}\n{% block rules %}- be kind\n- be brief{% endblock %}`;
  const middle = await newTemplate('middle', { template_text: text, parameters: [{ name: 'name', type: 'string' }] });
  const top = await newTemplate('top', { template_text: `Hello.\n{% include "${middle.key}" %}`, parameters: [{ name: 'name', type: 'string' }] });
  await part.call('PUT', '/admin/labels', { template: part.key, label: 'staging', version: 1 });
  await part.call('PUT', '/admin/labels', { template: middle.key, label: 'staging', version: 1 });
  await part.call('PUT', `/admin/prompts/templates/${part.key}`, { template_text: 'New rules:\n{% block rules %}{% endblock %}\nBye {{ name }}' });
  return { part: part.key, middle: middle.key, top: top.key };
}

test('the effective text tells where each line comes from, as served and as of now', async ({ page }) => {
  const { part, middle } = await family();
  await logIn(page, 'viewer');
  await page.goto(`/p/default/templates/${middle}/effective?label=staging`);
  await hydrated(page);
  const rows = page.locator('.effective-table tbody tr');
  await expect(rows.locator('.effective-text')).toHaveText(['Rules:', '- be kind', '- be brief', 'Bye {{ name }}']);
  await expect(rows.nth(0).locator('a')).toHaveAttribute('title', `${part} v1, line 1`);
  await expect(rows.nth(1).locator('a')).toHaveAttribute('title', `${middle} v1, line 2`);
  await expect(rows.nth(3).locator('a')).toHaveAttribute('href', `/p/default/templates/${part}?tab=content&version=1`);
  await expect(page.getByText('Exactly what staging serves')).toBeVisible();
  const hash = await page.locator('.effective-hash code').getAttribute('title');
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  await expect(page.locator('.effective-side tbody th')).toHaveText([`${middle} v1`, `${part} v1`]);
  await expectAccessible(page);
  await page.getByRole('navigation', { name: 'Labels' }).getByRole('link', { name: 'latest' }).click();
  await expect(rows.first()).toContainText('New rules:');
  expect(await page.locator('.effective-hash code').getAttribute('title')).not.toBe(hash);
  await page.setViewportSize({ width: 360, height: 700 });
  await page.goto(`/p/default/templates/${middle}/effective?version=1`);
  await hydrated(page);
  await expect(rows.first()).toContainText('New rules:');
  expect(await narrow(page), 'nothing is wider than the screen').toBe(true);
});

test.describe('what is not there', () => {
  test.use({ allowed: ['404'] });
  test('is said', async ({ page }) => {
    const { key } = await newTemplate('labelled');
    await logIn(page, 'viewer');
    await page.goto(`/p/default/templates/${key}/effective?label=production`);
    await expect(page.getByText(/no such label/i)).toBeVisible();
    await page.goto('/p/default/templates/nothing/graph');
    await expect(page.getByText(/no such template/i)).toBeVisible();
  });
});

test('the dependency page shows who uses whom, as lists and as a picture', async ({ page }) => {
  const { part, middle, top } = await family();
  await logIn(page, 'viewer');
  await page.goto(`/p/default/templates/${middle}/graph`);
  await hydrated(page);
  await expect(page.getByText('1 template uses this; it is made of 1 other.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Used by' })).toContainText(top);
  await expect(page.getByRole('region', { name: 'Made of' })).toContainText(part);
  await expect(page.locator('.graph-node')).toHaveCount(3);
  await expectAccessible(page);
  await page.getByRole('region', { name: 'Made of' }).getByRole('link', { name: part }).click();
  await expect(page).toHaveURL(new RegExp(`/${part}/graph$`));
  await expect(page.getByText('2 templates use this')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Used by' }).locator('.chip').filter({ hasText: 'staging' }).first()).toBeVisible();
  await page.setViewportSize({ width: 360, height: 700 });
  expect(await narrow(page), 'nothing is wider than the screen').toBe(true);
  const { key } = await newTemplate(unique('alone').slice(0, 20));
  await page.goto(`/p/default/templates/${key}/graph`);
  await expect(page.getByText('It stands alone')).toBeVisible();
});
