// The list of templates: search, filters, order and pages are in the URL, and stay over a reload and Back. And of one
// template, what a version holds and how it is called.
import { test, expect, hydrated, logIn, ownServer } from './fixtures.mjs';
import { newTemplate, rest } from './rest.mjs';

const own = ownServer();
const COUNT = 60;
const named = (n) => `listed_${String(n).padStart(2, '0')}`;

test.beforeAll(async () => {
  const call = await rest(own.url);
  for (let n = 1; n <= COUNT; n++) {
    await call('POST', '/admin/prompts/templates', {
      // The names run against the keys, so that the two orders differ.
      name: named(n), display_name: `Listed ${COUNT + 1 - n}`, kind: n % 2 ? 'single_shot' : 'fragment', category: 'listed',
      description: n === 7 ? 'about gooseberries' : '', tags: n % 20 ? ['even-keel'] : ['even-keel', 'rare-tag'], template_text: 'Hello.',
    });
  }
  for (const n of [3, 4]) await call('PUT', '/admin/labels', { template: named(n), label: 'canary', version: 1 });
});

const rows = (page) => page.locator('tbody tr');
const keys = (page) => page.locator('tbody tr th code');

async function open(page, query = '') {
  await logIn(page);
  await page.goto(`/p/default/templates${query}`);
  await hydrated(page);
}

test.describe('presence that is refused', () => {
  test.use({ allowed: ['401'] });
  test('is not asked for again at every key', async ({ page }) => {
    let asked = 0;
    await page.route('**/presence?*', (route) => {
      asked += 1;
      return route.fulfill({ status: 401 });
    });
    await logIn(page);
    await page.goto(`/p/default/templates/${named(1)}`);
    await hydrated(page);
    await expect.poll(() => asked).toBe(1);
    for (let n = 0; n < 5; n++) await page.keyboard.press('Shift');
    await page.getByRole('link', { name: 'Content', exact: true }).click();
    await expect(page.getByRole('link', { name: 'Content', exact: true })).toHaveAttribute('aria-current', 'page');
    expect(asked).toBe(1);
  });
});

test('search and filters narrow the list, together, and can be taken away', async ({ page }) => {
  await open(page);
  await page.getByLabel('Search templates').fill('gooseberr');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/templates\?search=gooseberr$/);
  await expect(rows(page)).toHaveCount(1);
  await expect(keys(page)).toHaveText([named(7)]);
  await page.getByRole('link', { name: 'Remove the filter Search: gooseberr' }).click();
  await expect(page).toHaveURL(/\/templates\??$/);
  await expect(rows(page)).toHaveCount(50);
  await expect(page.getByLabel('Search templates')).toHaveValue('');

  const narrow = [['Kind', 'fragment', /kind=fragment/, 30], ['Category', 'listed', /category=listed/, 30], ['Tag', 'rare-tag', /tag=rare-tag/, 3]];
  for (const [label, value, url, count] of narrow) {
    await page.getByLabel(label, { exact: true }).selectOption(value);
    await expect(page).toHaveURL(url);
    await expect(rows(page)).toHaveCount(count);
  }
  await page.getByLabel('Tag', { exact: true }).selectOption('');
  await page.getByLabel('Label', { exact: true }).selectOption('canary');
  await expect(page).toHaveURL(/kind=fragment&category=listed&label=canary$/);
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await hydrated(page);
  await expect(keys(page)).toHaveText([named(4)]);
  await expect(page.getByLabel('Kind', { exact: true })).toHaveValue('fragment');
  await expect(page.getByLabel('Label', { exact: true })).toHaveValue('canary');

  await page.goBack();
  await expect(rows(page)).toHaveCount(30);
  await expect(page.getByLabel('Label', { exact: true })).toHaveValue('');
  await page.goBack();
  await expect(rows(page)).toHaveCount(3);
  await expect(page.getByLabel('Tag', { exact: true })).toHaveValue('rare-tag');
  await page.getByRole('link', { name: 'Clear all' }).click();
  await expect(page).toHaveURL(/\/templates\??$/);
  await expect(rows(page)).toHaveCount(50);
});

test('a tag in a row leads to its templates, and what matches nothing says so', async ({ page }) => {
  await open(page, '?search=listed');
  await page.locator('tbody').getByRole('link', { name: 'rare-tag' }).first().click();
  await expect(page).toHaveURL(/\?tag=rare-tag$/);
  await expect(rows(page)).toHaveCount(3);
  await page.getByLabel('Search templates').fill('no such words');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'No matches' })).toBeVisible();
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(rows(page)).toHaveCount(50);
});

test('the order is chosen, and kept', async ({ page }) => {
  await open(page, '?category=listed');
  await expect(keys(page).first()).toHaveText(named(1));
  await page.getByLabel('Sort').selectOption('Sort: name');
  await expect(page).toHaveURL(/category=listed&sort=name$/);
  await expect(rows(page).first()).toContainText(named(60));
  await page.getByLabel('Sort').selectOption('Sort: last change');
  await expect(page).toHaveURL(/category=listed&sort=updated$/);
  // The labels moved last.
  await expect(rows(page).first()).toContainText(named(4));
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Sort')).toHaveValue('updated');
  expect((await keys(page).allInnerTexts()).slice(0, 3)).toEqual([named(4), named(3), named(60)]);
  await page.goBack();
  await expect(rows(page).first()).toContainText(named(60));
  await expect(page.getByLabel('Sort')).toHaveValue('name');
});

test('pages follow each other without a gap, whatever the order', async ({ page }) => {
  for (const sort of ['', '&sort=name', '&sort=updated', '&sort=order']) {
    await open(page, `?category=listed${sort}`);
    await expect(rows(page)).toHaveCount(50);
    const first = await keys(page).allInnerTexts();
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect(page).toHaveURL(new RegExp(`category=listed${sort}&cursor=`));
    await expect(rows(page)).toHaveCount(10);
    const second = await keys(page).allInnerTexts();
    expect(new Set([...first, ...second]).size).toBe(COUNT);
    await page.reload();
    await hydrated(page);
    await expect(keys(page)).toHaveText(second);
    await expect(page.getByRole('link', { name: 'Next page' })).toHaveCount(0);
    await page.goBack();
    await expect(rows(page)).toHaveCount(50);
    await expect(keys(page)).toHaveText(first);
    await page.goForward();
    await expect(rows(page)).toHaveCount(10);
    // A new filter starts at its first page.
    await page.getByLabel('Kind', { exact: true }).selectOption('fragment');
    await expect(rows(page)).toHaveCount(30);
    await expect(page).not.toHaveURL(/cursor=/);
  }
});

const CALLED = {
  template_text: 'Dear {{ name }}.',
  parameters: [
    { name: 'name', type: 'string', required: true, max: 40, description: 'Whom to greet' },
    { name: 'is_new', type: 'boolean', default: true },
  ],
  config: { model: 'gpt-4.1', temperature: 0.2 },
};

async function openTab(page, tab) {
  const made = await newTemplate('shown', CALLED, await rest(own.url));
  await made.call('PUT', `/admin/prompts/templates/${made.key}`, { template_text: 'Good morning, {{ name }}.', config: { model: 'gpt-5' } });
  await open(page, `/${made.key}?tab=${tab}`);
  // A document that is loaded knows nothing of it.
  await page.evaluate(() => (window.isSame = true));
  return made;
}

const isSame = (page) => page.evaluate(() => window.isSame === true);

test.describe('with a clipboard', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });
  test('code that calls a template is shown in the chosen language, and copied as it is', async ({ page, baseURL }) => {
    const { key } = await openTab(page, 'use');
    const snippet = page.getByRole('region', { name: 'snippet', exact: true });
    await expect(snippet).toContainText(`curl ${baseURL}/api/v1/prompts/render`);
    await expect(snippet).toContainText(`"template_name": "${key}"`);
    await expect(page.getByRole('region', { name: 'fetch snippet' })).toContainText(`${baseURL}/api/v1/prompts/${key}?`);
    const python = page.getByRole('navigation', { name: 'Language' }).getByRole('link', { name: 'Python' });
    await python.click();
    await expect(page).toHaveURL(/\?tab=use&lang=python$/);
    await expect(python).toHaveAttribute('aria-current', 'page');
    for (const part of [`"${baseURL}/api/v1/prompts/render"`, `"template_name": "${key}"`, '"is_new": True', '"name": "your name"']) {
      await expect(snippet).toContainText(part);
    }
    expect(await isSame(page)).toBe(true);

    const copy = page.getByRole('button', { name: 'Copy snippet', exact: true });
    await copy.click();
    await expect(copy).toHaveText('Copied');
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toBe(await snippet.textContent());
    await expect(copy).toHaveText('');
  });
});

test('what a version holds is shown, and the one before without a load of the document', async ({ page }) => {
  await openTab(page, 'content');
  const message = page.getByRole('region', { name: 'Messages' }).getByRole('article', { name: 'user message' });
  const about = page.getByRole('region', { name: 'Version', exact: true });
  const settings = page.getByRole('region', { name: 'Model settings' });
  const latest = async () => {
    await expect(about.getByRole('heading')).toHaveText('v2');
    await expect(message).toContainText('Good morning, {{ name }}.');
    await expect(settings).toContainText('gpt-5');
  };
  await latest();
  const parameter = page.getByRole('region', { name: 'Contract' }).getByRole('row', { name: /Whom to greet/ });
  await expect(parameter.getByRole('rowheader')).toContainText('required');
  await expect(parameter.getByRole('cell')).toHaveText(['string', '', 'at most 40 characters', 'Whom to greet']);

  await about.getByRole('link', { name: 'Older version' }).click();
  await expect(page).toHaveURL(/\?tab=content&version=1$/);
  await expect(about.getByRole('heading')).toHaveText('v1');
  await expect(message).toContainText('Dear {{ name }}.');
  await expect(settings).toContainText('temperature');
  await expect(about.getByRole('link', { name: 'Older version' })).toHaveCount(0);
  expect(await isSame(page)).toBe(true);
  await page.goBack();
  await expect(page).toHaveURL(/\?tab=content$/);
  await latest();
  expect(await isSame(page)).toBe(true);
});
