// Finding and changing many: search with its reasons, bulk changes, the command palette, the shortcuts.
import { test, expect, expectAccessible, hydrated, logIn, ownServer } from './fixtures.mjs';
import { rest } from './rest.mjs';

const own = ownServer();
const rows = (page) => page.locator('tbody tr');
const keys = (page) => page.locator('tbody tr th code');
const list = '/p/default/templates';
const palette = 'Find templates, pages and actions';

test.beforeAll(async () => {
  const call = await rest(own.url);
  const make = (name, more) => call('POST', '/admin/prompts/templates', { name, kind: 'single_shot', template_text: 'Hello.', ...more });
  await make('found_text', { display_name: 'Found by its text', template_text: 'Please <b>never</b> mention the\n\npomegranate\u202e to anybody.', commit_message: 'Mention dragonfruit' });
  await make('pomegranate', { display_name: 'Found by its key' });
  await make('shared_part', { display_name: 'Shared part' });
  await make('uses_part', { display_name: 'Uses the part', template_text: "{% include 'shared_part' %}" });
  for (let n = 1; n <= 12; n++) await make(`many_${n}`, { display_name: `Many ${n}`, category: 'many' });
});

async function open(page, address = list, role = 'super_admin') {
  await logIn(page, role);
  await page.goto(address);
  await hydrated(page);
}

async function expectNoWider(page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

test('the search finds texts and says where, as text', async ({ page }) => {
  await open(page);
  await page.keyboard.press('/');
  await expect(page.getByLabel('Search templates')).toBeFocused();
  await page.keyboard.type('pomegr');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/search=pomegr$/);
  // The key counts for more than the text.
  await expect(keys(page)).toHaveText(['pomegranate', 'found_text']);
  await expect(page.getByLabel('Sort')).toHaveValue('');
  await expect(page.getByLabel('Sort').locator(':checked')).toHaveText('Sort: best match');
  const reason = rows(page).nth(1).locator('.found-list li');
  await expect(reason).toHaveText('user message, v1 Please <b>never</b> mention the pomegranate⟨U+202E⟩ to anybody.');
  await expect(reason.locator('mark')).toHaveText('pomegranate');
  await expect(rows(page).nth(0).locator('code mark')).toHaveText('pomegranate');

  await page.getByLabel('Search templates').fill('"mention dragonfruit"');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await expect(page.locator('.found-list li')).toContainText('commit message, v1');
  await page.getByLabel('Sort').selectOption('Sort: key');
  await expect(page).toHaveURL(/sort=key/);
  await expect(rows(page)).toHaveCount(1);
});

test('a bulk change goes on when one fails, says why, and keeps that one selected', async ({ page }) => {
  await open(page, `${list}?search=shared_part`);
  await expect(rows(page)).toHaveCount(2);
  const bar = page.getByRole('form', { name: 'Selected templates' });
  await expect(bar).toBeHidden();
  await page.getByLabel('Select all on this page').check();
  await expect(bar).toContainText('2 templates selected');
  await page.getByLabel('Select Uses the part').uncheck();
  await expect(bar).toContainText('1 template selected');
  await bar.getByRole('button', { name: 'Archive…' }).click();
  await bar.getByRole('button', { name: 'Archive', exact: true }).click();
  const failed = page.locator('.notice-danger');
  await expect(failed).toContainText('1 template failed');
  await expect(failed).toContainText('shared_part 1 template uses `shared_part`: `uses_part` (latest); change them first.');
  await expect(page.getByLabel('Select Shared part')).toBeChecked();

  await page.getByLabel('Select all on this page').check();
  await bar.getByRole('button', { name: 'Tag…' }).click();
  await expect(page.getByLabel('Tags, between commas')).toBeFocused();
  await page.keyboard.type('Fresh, second');
  // Enter is the first button beside the field.
  await page.keyboard.press('Enter');
  await expect(page.getByText('Tagged anew: 2.')).toBeVisible();
  await expect(bar).toBeHidden();
  await expect(rows(page).first()).toContainText('fresh');
  await page.getByLabel('Select Shared part').check();
  await bar.getByRole('button', { name: 'Tag…' }).click();
  await page.getByLabel('Tags, between commas').fill('not a tag');
  await bar.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('tags: use at most 20 tags');
  await expect(bar).toContainText('1 template selected');
  await bar.getByRole('button', { name: 'Move…' }).click();
  await page.getByLabel('Folder, such as rationale/kpi').fill('shared/parts');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Moved: 1.')).toBeVisible();
  await page.getByRole('link', { name: 'shared/parts' }).click();
  await expect(page).toHaveURL(/\?folder=shared(\/|%2F)parts$/);
  await expect(rows(page)).toHaveCount(1);
});

test('a range is selected with Shift, and goes through in steps', async ({ page }) => {
  await open(page, `${list}?category=many`);
  await expect(rows(page)).toHaveCount(12);
  const box = (n) => rows(page).nth(n).getByRole('checkbox');
  await box(1).click();
  await box(11).click({ modifiers: ['Shift'] });
  const bar = page.getByRole('form', { name: 'Selected templates' });
  await expect(bar).toContainText('11 templates selected');
  await expect(page.getByLabel('Select all on this page')).toHaveJSProperty('indeterminate', true);
  // The second call waits, so that the progress stands still to be seen.
  let [calls, go] = [0, undefined];
  const waiting = new Promise((resolve) => { go = resolve; });
  await page.route('**/api/fn/bulk_templates*', async (route) => {
    calls += 1;
    if (calls === 2) await waiting;
    await route.continue();
  });
  await bar.getByRole('button', { name: 'Tag…' }).click();
  await page.getByLabel('Tags, between commas').fill('ranged');
  await bar.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('progressbar', { name: 'Progress' })).toHaveJSProperty('value', 5);
  await expect(page.getByText('5 of 11 templates')).toBeVisible();
  await box(0).click();
  go();
  await expect(page.getByText('Tagged anew: 11.')).toBeVisible();
  expect(calls).toBe(3);
  await expect(bar).toContainText('1 template selected');
  await expect(rows(page).getByRole('link', { name: 'ranged' })).toHaveCount(11);
});

test('a viewer selects to export only', async ({ page }) => {
  await open(page, list, 'viewer');
  await page.getByLabel('Select Many 1', { exact: true }).check();
  await page.getByLabel('Select Many 2', { exact: true }).check();
  const bar = page.getByRole('form', { name: 'Selected templates' });
  await expect(bar.getByRole('button', { name: 'Archive…' })).toHaveCount(0);
  const asked = page.waitForRequest(/\/api\/v1\/admin\/export/);
  const saved = page.waitForEvent('download');
  await bar.getByRole('button', { name: 'Export' }).click();
  expect(new URL((await asked).url()).search).toBe('?project=default&keys=many_1,many_2&allow_missing=true');
  expect((await saved).suggestedFilename()).toBe('promptory-files.zip');
  await expect(page.getByRole('progressbar', { name: 'Progress' })).toHaveCount(0);
  await expect(page.getByText('Exported: 2.')).toBeVisible();
  await expect(page.getByLabel('Select Many 1', { exact: true })).toBeChecked();
});

test('an export brings what is there and names what is gone', async ({ page }) => {
  await open(page, list, 'viewer');
  await page.getByLabel('Select Many 1', { exact: true }).check();
  await page.getByLabel('Select Many 2', { exact: true }).check();
  await page.route('**/api/v1/admin/export?*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'promptory-left-out': 'many_2' } });
  });
  await page.getByRole('form', { name: 'Selected templates' }).getByRole('button', { name: 'Export' }).click();
  await expect(page.getByText('Exported: 1.')).toBeVisible();
  await expect(page.locator('.notice-danger')).toContainText('many_2 There is no such template in this project');
});

test.describe('an export that is refused', () => {
  test.use({ allowed: ['503'] });
  test('is told on the page, where the choice still stands', async ({ page }) => {
    await open(page);
    const problem = { code: 'files_busy', detail: 'too many imports and exports run at once; try again in a moment', errors: [] };
    await page.route('**/api/v1/admin/export?*', (route) => route.fulfill({ status: 503, json: problem }));
    await page.getByLabel('Select Many 1', { exact: true }).check();
    await page.getByRole('form', { name: 'Selected templates' }).getByRole('button', { name: 'Export' }).click();
    await expect(page.getByRole('alert')).toContainText('Too many imports and exports run at once');
    await expect(page.getByLabel('Select Many 1', { exact: true })).toBeChecked();
  });
});

test('the palette finds a template by keys alone', async ({ page }) => {
  await open(page, '/p/default');
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: palette });
  await expect(field).toBeFocused();
  const option = (name) => page.getByRole('option', { name });
  await expect(page.getByRole('group', { name: 'Changed last' }).getByRole('option')).toHaveCount(8);
  await page.keyboard.type('pmgr');
  await expect(option(/Found by its key/)).toHaveAttribute('aria-selected', 'true');
  await field.fill('pomegranate');
  await expect(option(/Found by its text/)).toContainText('user message, v1');
  await page.keyboard.press('ArrowDown');
  await expect(option(/Found by its text/)).toHaveAttribute('aria-selected', 'true');
  const active = await field.getAttribute('aria-activedescendant');
  await expect(page.locator(`#${active}`)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/templates\/pomegranate$/);
  await expect(page.getByRole('main')).toBeFocused();

  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await expect(page.getByRole('group', { name: 'This template' })).toBeVisible();
  await page.keyboard.type('compare');
  await expect(option(/Compare its versions/)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/templates\/pomegranate\/diff$/);

  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await page.keyboard.type('>dark');
  await expect(option('Switch theme: dark')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'promptory-dark');
  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(field).toBeHidden();

  // Chosen with the mouse, it gives the focus back to where it was.
  const button = page.getByRole('button', { name: 'Search or go to…' });
  await button.click();
  await option('Switch theme: light').click();
  await expect(button).toBeFocused();
  await button.click();
  await field.fill('no such thing');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/templates\?search=no(%20|\+)such(%20|\+)thing$/);
  await page.keyboard.press('Control+k');
  await field.fill('log out');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/login$/);
});

test('the palette opens from the editor, and offers what the role may do', async ({ page }) => {
  await open(page, `${list}/pomegranate/edit`);
  await page.locator('.code-editor .view-lines').first().click();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: palette })).toBeFocused();
  await page.keyboard.press('Escape');
  await open(page, `${list}/pomegranate`, 'viewer');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('option', { name: /Compare its versions/ })).toBeVisible();
  for (const name of [/Edit this template/, /Create a template/, /People/]) await expect(page.getByRole('option', { name })).toHaveCount(0);
});

test('the palette stays closed when the project is switched', async ({ page }) => {
  await (await rest(own.url))('POST', '/admin/projects', { key: 'second', name: 'Second project' });
  await open(page, '/p/default');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: palette })).toBeFocused();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /switch project/ }).click();
  await page.getByRole('link', { name: 'Second project' }).click();
  await expect(page).toHaveURL(/\/p\/second$/);
  await expect(page.getByRole('button', { name: /Second project.*switch project/ })).toBeVisible();
  // The letters go to the page, whose shortcuts follow the project.
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await expect(page).toHaveURL(/\/p\/second\/templates$/);
  await expect(page.getByRole('combobox', { name: palette })).toBeHidden();
});

test('the cheat sheet lists what works, for whom it works, and can be switched off', async ({ page }) => {
  await open(page, '/p/default');
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet).toBeVisible();
  // The rows are made when the sheet is first opened.
  const ways = sheet.locator('section', { hasText: 'Go to' }).locator('dl > div');
  await expect(ways).toHaveCount(11);
  const pages = await ways.evaluateAll((rows) =>
    rows.map((row) => [row.querySelector('dt').textContent, [...row.querySelectorAll('kbd')].map((key) => key.textContent)]));
  await page.keyboard.press('Escape');
  // Two letters belong together for a second, which a page that just comes up may take on a busy machine.
  const go = ([title, steps]) => expect(async () => {
    for (const step of steps) await page.keyboard.press(step);
    await expect(page.getByRole('navigation', { name: 'Main' }).locator('[aria-current]')).toHaveText(title, { timeout: 3_000 });
  }).toPass();
  for (const way of pages) await go(way);

  await go(pages.find(([title]) => title === 'Templates'));
  await expect(rows(page).first()).toBeVisible();
  const link = (n) => rows(page).nth(n).locator('th a').first();
  await page.keyboard.press('j');
  await expect(link(0)).toBeFocused();
  await page.keyboard.press('j');
  await expect(link(1)).toBeFocused();
  await page.keyboard.press('k');
  await page.keyboard.press('x');
  await expect(rows(page).nth(0).getByRole('checkbox')).toBeChecked();
  await page.keyboard.press('x');
  await expect(rows(page).nth(0).getByRole('checkbox')).not.toBeChecked();
  const address = await link(0).getAttribute('href');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`${address}$`));
  await page.keyboard.press('e');
  await expect(page).toHaveURL(new RegExp(`${address}/edit$`));
  await page.goto('/p/default');
  await hydrated(page);
  await page.keyboard.press('/');
  await expect(page.getByRole('combobox', { name: palette })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('combobox', { name: palette })).toBeHidden();
  await page.keyboard.press('c');
  await expect(page).toHaveURL(/\/templates\/new$/);

  await page.goto('/p/default');
  await hydrated(page);
  await page.keyboard.press('?');
  await sheet.getByLabel('Use single-key shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('c');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: palette })).toBeFocused();
  await page.keyboard.type('executions');
  await page.keyboard.press('Enter');
  // The key pressed first would have led to its page by now.
  await expect(page).toHaveURL(/\/p\/default\/executions$/);

  await open(page, '/p/default', 'viewer');
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await hydrated(page);
  await page.keyboard.press('?');
  await expect(sheet).toContainText('Go to');
  await expect(sheet.locator('dt').filter({ hasText: /Create a template|Edit it|People/ })).toHaveCount(0);
});

for (const theme of ['light', 'dark']) {
  test(`everything of it is accessible and fits a phone, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open(page, `${list}?search=pomegranate`);
    await page.getByLabel('Select Found by its text').check();
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await expectAccessible(page);
      await expectNoWider(page);
      await page.getByRole('button', { name: 'Tag…' }).click();
      await expect(page.getByLabel('Tags, between commas')).toBeVisible();
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: palette }).fill('pomegranate');
      await expect(page.getByRole('option', { name: /Found by its text/ })).toBeVisible();
      await expectAccessible(page);
      await expectNoWider(page);
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
      await expectAccessible(page);
      await expectNoWider(page);
      await page.keyboard.press('Escape');
    }
    await expect(page.getByRole('button', { name: 'Search or go to', exact: true })).toBeVisible();
  });
}

test.describe('without JavaScript', () => {
  // The browser says that it loads no scripts.
  test.use({ javaScriptEnabled: false, allowed: ['promptory.js'] });

  test('a bulk change is a form that leads back with what came of it', async ({ page }) => {
    await logIn(page);
    await page.goto(`${list}?category=many&sort=name`);
    await page.getByLabel('Select Many 3', { exact: true }).check();
    await page.getByLabel('Select Many 4', { exact: true }).check();
    await page.getByRole('button', { name: 'Tag…' }).click();
    await page.getByLabel('Tags, between commas').fill('plain');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page).toHaveURL(/\/templates\?category=many&sort=name$/);
    await expect(page.getByText('Tagged anew: 2.')).toBeVisible();
    await page.reload();
    await expect(page.getByText('Tagged anew: 2.')).toHaveCount(0);

    await page.goto(`${list}?search=shared_part`);
    await page.getByLabel('Select Shared part').check();
    await page.getByRole('button', { name: 'Archive…' }).click();
    await page.getByRole('button', { name: 'Archive', exact: true }).click();
    await expect(page).toHaveURL(/\?search=shared_part$/);
    await expect(page.locator('.notice-danger')).toContainText('uses_part');

    await page.getByRole('button', { name: 'Move…' }).click();
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('keys: name 1 to 200 templates');
  });

  test('the search says why, too', async ({ page }) => {
    await logIn(page);
    await page.goto(`${list}?search=dragonfruit`);
    await expect(page.locator('.found-list mark')).toHaveText('dragonfruit');
  });
});
