// Change requests: what is protected is proposed, reviewed, published, and served then.
import { test, expect, expectAccessible, hydrated, logIn, ownServer } from './fixtures.mjs';
import { rest, unique } from './rest.mjs';
import { cli } from './server.mjs';

const own = ownServer();

test.describe.configure({ mode: 'serial' });

// A template whose first of two versions production serves; production is protected from the first test on.
async function served(name, words = ['Greet shortly.', 'Greet kindly.']) {
  const [key, call] = [unique(name), await rest(own.url)];
  await call('POST', '/admin/prompts/templates', { name: key, display_name: 'Greeting', kind: 'single_shot', template_text: words[0] });
  const first = { title: 'First', items: [{ template: key, label: 'production', version: 1 }] };
  const change = await call('POST', '/admin/changes', first);
  if (change.status === 'in_review') await (await rest(own.url, 'content_manager'))('POST', `/admin/changes/${change.number}/reviews`, { verdict: 'approve' });
  await call('POST', `/admin/changes/${change.number}/publish`);
  for (const text of words.slice(1)) await call('PUT', `/admin/prompts/templates/${key}`, { template_text: text });
  return { key, call };
}

const propose = async (call, key, version, more = {}) =>
  (await call('POST', '/admin/changes', { title: `Version ${version}`, items: [{ template: key, label: 'production', version }], ...more })).number;

async function open(page, role, path) {
  await logIn(page, role);
  await page.goto(`${own.url}/p/default${path}`);
  await hydrated(page);
}

const title = (page) => page.getByRole('textbox', { name: 'Title' });
const button = (page, name) => page.getByRole('button', { name, exact: true });

async function review(page, verdict, words = '') {
  await page.getByLabel('Review', { exact: true }).fill(words);
  await button(page, verdict).click();
}

test('a label is protected', async ({ page }) => {
  await open(page, 'content_manager', '/settings/policies');
  await expect(page.getByText('No label is protected')).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Quiet hours').fill('someday');
  await button(page, 'Protect').click();
  await expect(page.getByText(/write days, times and zone/).first()).toBeVisible();
  await page.getByLabel('Quiet hours').fill('mon 03:00-03:01 Pacific/Kiritimati');
  await button(page, 'Protect').click();
  await expect(page.getByText('Saved. It holds from now on.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'production' })).toBeVisible();
  await expect(page.getByLabel('Quiet hours').first()).toHaveValue('mon 03:00-03:01 Pacific/Kiritimati');
});

test('proposed, objected to, revised, approved, published, served', async ({ browser, page }) => {
  const { key } = await served('story');
  const secret = cli(own.folder, ['key', 'create', 'story', '--environment', 'production']);
  const text = async () => (await (await fetch(`${own.url}/api/v1/prompts/${key}`, { headers: { 'x-api-key': secret } })).json()).data.prompts.user;
  await open(page, 'prompt_engineer', `/templates/${key}`);
  await page.locator('summary', { hasText: 'Propose production' }).click();
  await page.getByLabel('Reason for moving production').first().fill('Shortness reads as rude.');
  await page.getByRole('button', { name: 'Propose production' }).click();
  await expect(page).toHaveURL(/\/changes\/\d+$/);
  await expect(page.getByRole('heading', { level: 1, name: `Point production of ${key} at v2` })).toBeVisible();
  await expect(page.getByText('Shortness reads as rude.')).toBeVisible();
  await expect(page.locator('.diff-word', { hasText: 'kindly' }).first()).toBeVisible();
  await expectAccessible(page);
  await review(page, 'Approve');
  await expect(page.getByText('You are an author of this change: somebody else has to review it.')).toBeVisible();
  const engineer = await rest(own.url, 'prompt_engineer');
  const number = page.url().split('/').pop();
  await expect(engineer('POST', `/admin/changes/${number}/reviews`, { verdict: 'approve' })).rejects.toThrow(/403.*own_work/);
  await expect(engineer('POST', `/admin/changes/${number}/publish`)).rejects.toThrow(/403/);
  await expect((await rest(own.url))('PUT', '/admin/labels', { template: key, label: 'production', version: 2 })).rejects.toThrow(/409.*protected_label/);

  const manager = await (await browser.newContext()).newPage();
  await open(manager, 'content_manager', '/changes');
  await manager.getByRole('link', { name: `Point production of ${key}` }).click();
  await expect(manager.getByText('0 of 1 approval given.')).toBeVisible();
  await review(manager, 'Request changes');
  await expect(manager.getByText('say what you think, or what has to change').first()).toBeVisible();
  // On the line itself, with other words for it.
  await manager.getByLabel('Comment on line 1').click();
  await expect(manager.getByLabel('Line', { exact: true })).toHaveValue('1');
  await manager.getByLabel('Comment', { exact: true }).fill('Kindly is not how we write.');
  await manager.getByLabel('Suggest other text for these lines').check();
  await expect(manager.getByLabel('In their place')).toHaveValue('Greet kindly.');
  await manager.getByLabel('In their place').fill('Greet warmly.');
  await expectAccessible(manager);
  await button(manager, 'Add comment').click();
  await expect(manager.locator('.thread')).toContainText(/Message 1, line 1 of version 2[\s\S]*Greet kindly\.[\s\S]*Greet warmly\.[\s\S]*Kindly is not how we write\./);
  await review(manager, 'Request changes', 'One word.');
  await expect(manager.getByText('A reviewer has requested changes.')).toBeVisible();
  expect(await text()).toBe('Greet shortly.');

  await page.goto(`${own.url}/p/default/changes/${number}`);
  await hydrated(page);
  await page.getByLabel('Reply').fill('Gladly.');
  await button(page, 'Reply').click();
  await expect(page.locator('.thread-said li')).toHaveCount(2);
  await expectAccessible(page);
  await button(page, 'Apply suggestion').click();
  await expect(page.getByText('became version 3')).toBeVisible();
  await expect(page.locator('.diff-word', { hasText: 'warmly' }).first()).toBeVisible();
  await manager.goto(`${own.url}/p/default/changes/${number}`);
  await hydrated(manager);
  await expect(manager.locator('.said-entry')).toContainText(/requested changes[\s\S]*of an earlier proposal/);
  await review(manager, 'Approve', 'Warmly it is.');
  await expect(manager.getByText('1 of 1 approval given.')).toBeVisible();
  expect(await text()).toBe('Greet shortly.');
  await button(manager, 'Publish now').click();
  await expect(manager.getByText('Published.', { exact: true })).toBeVisible();
  expect(await text()).toBe('Greet warmly.');
  await expectAccessible(manager);

  await open(page, 'prompt_engineer', `/templates/${key}`);
  await expect(page.locator('.pipe-stage', { hasText: 'production' }).getByRole('link', { name: 'v3' })).toBeVisible();
  await manager.close();
});

test('what was served before comes back without another approval', async ({ page }) => {
  const { key, call } = await served('back');
  const number = await propose(await rest(own.url, 'prompt_engineer'), key, 2);
  await (await rest(own.url, 'content_manager'))('POST', `/admin/changes/${number}/reviews`, { verdict: 'approve' });
  await call('POST', `/admin/changes/${number}/publish`);
  await open(page, 'content_manager', `/templates/${key}`);
  await page.getByRole('link', { name: 'Roll back production to v1' }).first().click();
  await page.getByRole('button', { name: 'Propose production to v1' }).click();
  await expect(page.getByText('No approval is needed.')).toBeVisible();
  await expect(page.getByText('served before')).toBeVisible();
  await button(page, 'Publish now').click();
  await expect(page.getByText('Published.', { exact: true })).toBeVisible();
});

test('what moved meanwhile is brought up to date', async ({ page }) => {
  const { key, call } = await served('conflict', ['One.', 'Two.', 'Three.']);
  const [engineer, manager] = [await rest(own.url, 'prompt_engineer'), await rest(own.url, 'content_manager')];
  const numbers = [await propose(engineer, key, 2), await propose(engineer, key, 3)];
  for (const number of numbers) await manager('POST', `/admin/changes/${number}/reviews`, { verdict: 'approve' });
  await call('POST', `/admin/changes/${numbers[0]}/publish`);
  await open(page, 'prompt_engineer', `/changes/${numbers[1]}`);
  await expect(page.getByText('changed meanwhile')).toBeVisible();
  await button(page, 'Bring up to date').click();
  await expect(page.getByText('0 of 1 approval given.')).toBeVisible();
  await expect(page.getByText('changed meanwhile')).toHaveCount(0);
});

test('it is scheduled, freed, and withdrawn', async ({ page }) => {
  const { key } = await served('later');
  const number = await propose(await rest(own.url, 'prompt_engineer'), key, 2);
  await open(page, 'content_manager', `/changes/${number}`);
  await review(page, 'Approve');
  await page.locator('summary', { hasText: 'Publish later' }).click();
  const field = page.getByLabel('At, in UTC');
  await field.fill('2020-01-01T10:00');
  await button(page, 'Schedule').click();
  await expect(page.getByText(/use a time in the future/).first()).toBeVisible();
  await field.fill(`${new Date().getUTCFullYear()}-12-31T23:59`);
  await button(page, 'Schedule').click();
  await expect(page.getByText('Published by itself at')).toBeVisible();
  await button(page, 'Not by itself').click();
  await expect(page.getByText('Published by itself at')).toHaveCount(0);
  await page.locator('summary', { hasText: 'Withdraw' }).click();
  await page.getByLabel('Reason', { exact: true }).fill('Not this year');
  await button(page, 'Withdraw this change request').click();
  await expect(page.getByText('Taken back.')).toBeVisible();
  await expect(page.getByText('Not this year')).toBeVisible();
  await expect(button(page, 'Approve')).toHaveCount(0);
});

test('an emergency takes a reason and a role', async ({ page }) => {
  const { key } = await served('emergency');
  const number = await propose(await rest(own.url, 'prompt_engineer'), key, 2);
  await open(page, 'content_manager', `/changes/${number}`);
  await expect(page.getByText('Publish in an emergency')).toHaveCount(0);
  await open(page, 'super_admin', `/changes/${number}`);
  await page.locator('summary', { hasText: 'Publish in an emergency' }).click();
  await page.getByLabel("Why it can't wait").fill('now');
  await button(page, 'Publish without approval').click();
  await expect(page.getByText(/say in at least 10 characters/).first()).toBeVisible();
  await page.getByLabel("Why it can't wait").fill('The short one insults people');
  await button(page, 'Publish without approval').click();
  await expect(page.getByText('Published without what the policy asks for.')).toBeVisible();
  await expect(page.getByText('The short one insults people')).toBeVisible();
});

test('to ask for less is a change request', async ({ page }) => {
  await open(page, 'super_admin', '/settings/policies');
  await page.getByLabel('Approvals by others than the authors').first().fill('0');
  await button(page, 'Save policy').click();
  await expect(page).toHaveURL(/\/changes\/\d+$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Ask for less before `production` moves' })).toBeVisible();
  await expect(page.getByRole('row', { name: /Approvals/ })).toContainText(/1\s*0/);
  await expectAccessible(page);
});

for (const colorScheme of ['light', 'dark']) {
  test(`on a phone it is approved and published, ${colorScheme}`, async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 760 });
    await page.emulateMedia({ colorScheme });
    const { key } = await served('phone');
    const number = await propose(await rest(own.url, 'prompt_engineer'), key, 2);
    await open(page, 'content_manager', '/changes');
    await page.locator(`a[href$="/changes/${number}"]`).click();
    // Before the texts, so that nobody scrolls past them to decide.
    await expect(button(page, 'Approve')).toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await button(page, 'Approve').click();
    await expect(button(page, 'Publish now')).toBeInViewport();
    await expectAccessible(page);
    await button(page, 'Publish now').click();
    await expect(page.getByText('Published.', { exact: true })).toBeVisible();
  });
}

test('the queue has views, filters and an address for each', async ({ page }) => {
  await open(page, 'prompt_engineer', '/changes');
  const views = page.getByRole('navigation', { name: 'Views of the queue' });
  await expect(views.getByRole('link', { name: 'Open', exact: true })).toHaveAttribute('aria-current', 'page');
  await views.getByRole('link', { name: 'Opened by me' }).click();
  await expect(page).toHaveURL(/author=prompt%5Fengineer/);
  await views.getByRole('link', { name: 'Published' }).click();
  await expect(page.locator('tbody tr').first()).toContainText('Published');
  await title(page).fill('version 2');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/status=published.*search=version\+2|search=version.*status=published/);
  await expect(page.locator('tbody tr').first()).toContainText('Version 2');
  await page.reload();
  await hydrated(page);
  await expect(title(page)).toHaveValue('version 2');
  await title(page).fill('nothing like it');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No matches')).toBeVisible();
});
