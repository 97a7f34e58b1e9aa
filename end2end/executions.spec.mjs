// The list of executions: filters and pages are in the URL, and stay over a reload and Back, with and without JavaScript.
import { setTimeout as pause } from 'node:timers/promises';
import { test, expect, hydrated, logIn, ownServer } from './fixtures.mjs';
import { newTemplate, rest } from './rest.mjs';
import { cli } from './server.mjs';

const own = ownServer();
const COUNT = 60;
// The templates' keys, and a moment after two thirds of the executions.
const names = {};
let moment;

// Resolves with what calls the API with a key of an environment.
async function asks(environment) {
  const key = cli(own.folder, ['key', 'create', environment, '--environment', environment]);
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  return async (path, body) => {
    const reply = await fetch(`${own.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(reply.ok, `${path} answered ${reply.status}`).toBe(true);
    return reply;
  };
}

test.beforeAll(async () => {
  const call = await rest(own.url);
  for (const name of ['often', 'seldom']) {
    names[name] = (await newTemplate(name, { template_text: 'Hello {{ name }}.', variables: ['name'] }, call)).key;
    for (const label of ['staging', 'production']) await call('PUT', '/admin/labels', { template: names[name], label, version: 1 });
  }
  const [production, staging] = [await asks('production'), await asks('staging')];
  for (let n = 1; n <= COUNT; n++) {
    const ask = n % 4 ? production : staging;
    const reply = await ask('/prompts/render', {
      template_name: n % 10 ? names.often : names.seldom, variables: { name: `Number ${n}` },
      agent: n % 15 ? 'coach' : 'tutor', user_id: `user-${n % 20}`,
    });
    const { execution_id } = await reply.json();
    if (n % 12 === 0) await ask(`/executions/${execution_id}/result`, { status: 'partial', model_response: `Answer ${n}` });
    if (n !== 40) continue;
    await pause(20);
    moment = new Date().toISOString();
    await pause(20);
  }
});

const rows = (page) => page.locator('.exec-row');
const links = (page) => page.locator('.exec-row th a');
const addresses = (page) => links(page).evaluateAll((all) => all.map((a) => a.getAttribute('href')));
const remove = (page, filter) => page.getByRole('link', { name: `Remove the filter ${filter}` });

async function open(page, query = '') {
  await logIn(page);
  await page.goto(`/p/default/executions${query}`);
  await hydrated(page);
}

async function set(page, label, value) {
  const field = page.getByLabel(label, { exact: true });
  if (await field.evaluate((element) => element.matches('select'))) {
    await field.selectOption(value);
  } else {
    await field.fill(value);
    await field.press('Enter');
  }
}

const FILTERS = {
  Template: [() => names.seldom, 6],
  Status: [() => 'partial', 5],
  Environment: [() => 'staging', 15],
  Agent: [() => 'tutor', 4],
  User: [() => 'user-7', 3],
};

for (const [label, [valueOf, count]] of Object.entries(FILTERS)) {
  test(`the filter ${label} narrows the list, stays over a reload and Back, and can be taken away`, async ({ page }) => {
    const [name, value] = [label.toLowerCase(), valueOf()];
    const field = page.getByLabel(label, { exact: true });
    const narrowed = async () => {
      await expect(page).toHaveURL(new RegExp(`/executions\\?${name}=${value}$`));
      await expect(rows(page)).toHaveCount(count);
      await expect(rows(page).locator(`[data-label="${label}"]`).filter({ hasText: value })).toHaveCount(count);
      await expect(field).toHaveValue(value);
    };
    const whole = async () => {
      await expect(page).toHaveURL(/\/executions\??$/);
      await expect(rows(page)).toHaveCount(50);
      await expect(field).toHaveValue('');
    };
    await open(page);
    await whole();
    await set(page, label, value);
    await narrowed();
    await page.goBack();
    await whole();
    await page.goForward();
    await narrowed();
    await page.reload();
    await hydrated(page);
    await narrowed();
    await remove(page, `${label}: ${value}`).click();
    await whole();
  });
}

test('a moment in the address cuts the list in two', async ({ page }) => {
  await open(page, `?from=${moment}`);
  await expect(rows(page)).toHaveCount(20);
  const after = await addresses(page);
  await open(page, `?to=${moment}`);
  await expect(rows(page)).toHaveCount(40);
  expect(new Set([...after, ...(await addresses(page))]).size).toBe(COUNT);
});

test('the dates narrow the list, stay over a reload and Back, and can be taken away', async ({ page }) => {
  const [past, future] = ['2026-01-02T03:04', '2099-01-02T03:04'];
  const [from, to] = [page.getByLabel('From', { exact: true }), page.getByLabel('To', { exact: true })];
  await open(page);
  await from.fill(past);
  await expect(page).toHaveURL(/\?from=2026-01-02T03(:|%3A)04$/);
  await expect(rows(page)).toHaveCount(50);
  await to.fill('2026-01-03T00:00');
  await expect(page).toHaveURL(/&to=2026-01-03T00(:|%3A)00$/);
  await expect(page.getByRole('heading', { name: 'No matches' })).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(page.getByRole('heading', { name: 'No matches' })).toBeVisible();
  await expect(from).toHaveValue(past);
  await expect(to).toHaveValue('2026-01-03T00:00');
  await remove(page, 'To: 2026-01-03 00:00 UTC').click();
  await expect(rows(page)).toHaveCount(50);
  await expect(to).toHaveValue('');

  await from.fill(future);
  await expect(page.getByRole('heading', { name: 'No matches' })).toBeVisible();
  await page.goBack();
  await expect(rows(page)).toHaveCount(50);
  await expect(from).toHaveValue(past);
  await remove(page, 'From: 2026-01-02 03:04 UTC').click();
  await expect(page).toHaveURL(/\/executions\??$/);
  await expect(from).toHaveValue('');
});

test('filters narrow the list together, and all are cleared at once', async ({ page }) => {
  await open(page);
  await set(page, 'Environment', 'staging');
  await expect(rows(page)).toHaveCount(15);
  await set(page, 'Agent', 'tutor');
  await expect(page).toHaveURL(/\?environment=staging&agent=tutor$/);
  await expect(rows(page)).toHaveCount(1);
  await set(page, 'Status', 'failure');
  await expect(page.getByRole('heading', { name: 'No matches' })).toBeVisible();
  await page.goBack();
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByLabel('Status', { exact: true })).toHaveValue('');
  await page.getByRole('link', { name: 'Clear all' }).click();
  await expect(page).toHaveURL(/\/executions\??$/);
  await expect(rows(page)).toHaveCount(50);
  await expect(page.getByLabel('Environment', { exact: true })).toHaveValue('');
  await expect(page.getByLabel('Agent', { exact: true })).toHaveValue('');
});

test('what matches nothing says so, and leads back to the whole list', async ({ page }) => {
  await open(page);
  await set(page, 'User', 'nobody');
  await expect(page.getByRole('heading', { name: 'No matches' })).toBeVisible();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/executions\??$/);
  await expect(rows(page)).toHaveCount(50);
  await expect(page.getByLabel('User', { exact: true })).toHaveValue('');
});

test('pages follow each other without a gap, and keep the filters', async ({ page }) => {
  for (const [query, count] of [['', 60], ['?agent=coach', 56]]) {
    await open(page, query);
    await expect(rows(page)).toHaveCount(50);
    const first = await addresses(page);
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(page).toHaveURL(new RegExp(`${query.replace('?', '\\?')}[?&]cursor=`));
    await expect(rows(page)).toHaveCount(count - 50);
    const second = await addresses(page);
    expect(new Set([...first, ...second]).size).toBe(count);
    await page.reload();
    await hydrated(page);
    expect(await addresses(page)).toEqual(second);
    await expect(page.getByRole('link', { name: 'Next page' })).toHaveCount(0);
    await page.goBack();
    await expect(rows(page)).toHaveCount(50);
    expect(await addresses(page)).toEqual(first);
    await page.goForward();
    await expect(rows(page)).toHaveCount(count - 50);
    await page.getByRole('link', { name: 'First page' }).click();
    await expect(page).not.toHaveURL(/cursor=/);
    await expect(rows(page)).toHaveCount(50);
    expect(await addresses(page)).toEqual(first);
  }
});

test('a new filter starts at its first page', async ({ page }) => {
  await open(page);
  await page.getByRole('link', { name: 'Next page' }).click();
  await expect(rows(page)).toHaveCount(10);
  await set(page, 'Environment', 'staging');
  await expect(page).toHaveURL(/\/executions\?environment=staging$/);
  await expect(rows(page)).toHaveCount(15);
});

test("a row leads to its execution's page, and Back to the list as it was", async ({ page }) => {
  await open(page, '?status=partial');
  await expect(rows(page)).toHaveCount(5);
  const [href] = await addresses(page);
  await links(page).first().click();
  await expect(page).toHaveURL(new RegExp(`${href}$`));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${names.seldom} v1`);
  await expect(page.getByRole('article').filter({ hasText: 'Hello Number 60.' })).toBeVisible();
  await expect(page.getByText('Answer 60')).toBeVisible();
  await page.goBack();
  await expect(rows(page)).toHaveCount(5);
  await expect(page.getByLabel('Status', { exact: true })).toHaveValue('partial');
});

test('keys reach the filters and the rows, and keep their place', async ({ page }) => {
  await open(page);
  const [template, status] = [page.getByLabel('Template', { exact: true }), page.getByLabel('Status', { exact: true })];
  await template.focus();
  await page.keyboard.press('Tab');
  await expect(status).toBeFocused();
  await page.keyboard.type('partial');
  await expect(rows(page)).toHaveCount(5);
  await expect(status).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.type(names.seldom);
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await expect(template).toBeFocused();
  await template.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(5);

  await template.blur();
  await page.keyboard.press('j');
  await expect(links(page).first()).toBeFocused();
  await page.keyboard.press('j');
  await expect(links(page).nth(1)).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(rows(page).nth(1).getByRole('link', { name: names.often })).toBeFocused();
  await page.keyboard.press('k');
  await expect(links(page).first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Answer 60')).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();
});

test.describe('without JavaScript', () => {
  // Chromium complains of the preloads of scripts that it was told not to run.
  test.use({ javaScriptEnabled: false, allowed: ['promptory.js', 'promptory_bg.wasm'] });

  test('the form filters, pages keep it, and it can be taken away', async ({ page }) => {
    await logIn(page);
    await page.goto('/p/default/executions');
    const [agent, status] = [page.getByLabel('Agent', { exact: true }), page.getByLabel('Status', { exact: true })];
    const apply = page.getByRole('button', { name: 'Apply' });
    await agent.fill('coach');
    await apply.click();
    await expect(page).toHaveURL(/[?&]agent=coach(&|$)/);
    await expect(rows(page)).toHaveCount(50);
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(rows(page)).toHaveCount(6);
    await expect(agent).toHaveValue('coach');

    await status.selectOption('partial');
    await page.getByLabel('From', { exact: true }).fill('2026-01-02T03:04');
    await apply.click();
    await expect(page).not.toHaveURL(/cursor=/);
    await expect(rows(page)).toHaveCount(4);
    await page.reload();
    await expect(rows(page)).toHaveCount(4);
    await expect(page.getByLabel('From', { exact: true })).toHaveValue('2026-01-02T03:04');
    await remove(page, 'Agent: coach').click();
    await expect(rows(page)).toHaveCount(5);
    await expect(agent).toHaveValue('');
    await expect(status).toHaveValue('partial');
    await page.getByRole('link', { name: 'Clear all' }).click();
    await expect(rows(page)).toHaveCount(50);
    await expect(status).toHaveValue('');
    await page.goBack();
    await expect(rows(page)).toHaveCount(5);
    await links(page).first().click();
    await expect(page.getByText('Answer 60')).toBeVisible();
  });
});
