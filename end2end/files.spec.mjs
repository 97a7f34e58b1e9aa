// Import and export: an archive out, files in, what would change, and the button that does it.
import { readFileSync } from 'node:fs';
import { test, expect, expectAccessible, hydrated, logIn } from './fixtures.mjs';
import { newTemplate, unique } from './rest.mjs';

// An upload waits for the one who sent it: what a test left would be in the next one's way.
test.beforeEach(async ({ page }) => {
  await logIn(page, 'prompt_engineer');
  await page.goto(PAGE);
  const other = page.getByRole('button', { name: 'Choose other files' });
  if (await other.count()) await other.click();
  await expect(page.getByLabel('Files')).toBeVisible();
});

const PAGE = '/p/default/settings/files';
const prompty = (name, text) => ({ name: `${name}.prompty`, mimeType: 'text/plain', buffer: Buffer.from(text) });

async function choose(page, files) {
  await page.getByLabel('Files').setInputFiles(files);
  await page.getByRole('button', { name: 'Preview import' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Import and export' })).toBeVisible();
}

test('an archive goes out, and comes in the same', async ({ page }) => {
  const { key } = await newTemplate('files_out', { template_text: 'Hello <b>{{ name }}</b>', variables: ['name'] });
  await logIn(page, 'prompt_engineer');
  await page.goto('/p/default');
  await hydrated(page);
  await page.getByRole('link', { name: 'Import and export' }).click();
  await expect(page).toHaveURL(/settings\/files$/);
  await expectAccessible(page);
  await page.getByLabel('Templates').fill(key);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download .zip' }).click();
  const file = await (await download).path();
  expect((await download).suggestedFilename()).toBe('promptory-files.zip');
  expect(readFileSync(file).subarray(0, 2).toString()).toBe('PK');

  await page.getByLabel('Files').setInputFiles({ name: 'a.zip', mimeType: 'application/zip', buffer: readFileSync(file) });
  await page.getByRole('button', { name: 'Preview import' }).click();
  await expect(page.getByRole('heading', { name: '0 new, 0 changed, 1 the same' })).toBeVisible();
  await expect(page.getByText('Nothing differs from what is here.')).toBeVisible();
  await hydrated(page);
  await page.getByRole('button', { name: 'Choose other files' }).click();
  await expect(page.getByLabel('Files')).toBeVisible();
});

test('what would change is shown, a conflict is asked about, and then it is saved', async ({ page }) => {
  const { key, call } = await newTemplate('files_in', { template_text: 'Hello.' });
  const fresh = unique('files_new');
  await logIn(page, 'prompt_engineer');
  await page.goto(PAGE);
  await choose(page, [prompty(key, 'user:\nGood <script>alert(1)</script> day.\n'), prompty(fresh, 'user:\nHi {{ who }}\n')]);
  await hydrated(page);
  await expect(page.getByRole('heading', { name: '1 new, 1 changed, 0 the same' })).toBeVisible();
  await expect(page.getByText('is here already, at version 1')).toBeVisible();
  await expect(page.getByRole('row', { name: /added: Good <script>/ })).toBeVisible();
  await expect(page.getByText(/declares no inputs: `who`/)).toBeVisible();
  await expectAccessible(page);
  expect((await call('GET', `/admin/prompts/templates/${key}`)).version).toBe(1);

  const box = page.getByLabel(/Save the files as new versions/);
  await box.check();
  await page.getByLabel('Why').fill('From our repository');
  await page.getByRole('button', { name: 'Import 2 templates' }).click();
  await expect(page.getByText('Imported: 1 new and 1 changed.')).toBeVisible();
  const { items } = await call('GET', `/admin/prompts/templates/${key}/versions`);
  expect(items[0]).toMatchObject({ number: 2, commit_message: 'From our repository' });
  await expect(page.getByLabel('Files')).toBeVisible();
});

test('what changed meanwhile is told before anything is saved', async ({ page }) => {
  const { key, call } = await newTemplate('files_stale');
  await logIn(page, 'prompt_engineer');
  await page.goto(PAGE);
  await choose(page, [prompty(key, 'user:\nMine.\n')]);
  await hydrated(page);
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Theirs.' });
  await page.getByLabel(/Save the files as new versions/).check();
  await page.getByRole('button', { name: 'Import 1 template' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /changed since you looked/ })).toBeVisible();
  await expect(page.getByText('version 2 → 3')).toBeVisible();
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByLabel('Files')).toBeVisible();
  expect((await call('GET', `/admin/prompts/templates/${key}`)).version).toBe(2);
});

test('a contract that breaks callers is imported by those who say so', async ({ page }) => {
  const { key, call } = await newTemplate('files_breaking', { template_text: 'Hi {{ name }}', variables: ['name'] });
  await logIn(page, 'prompt_engineer');
  await page.goto(PAGE);
  const contract = '---\ninputs:\n  - name: who\n    kind: string\n    required: true\n---\n';
  await choose(page, [prompty(key, `${contract}user:\nHi {{ who }}\n`)]);
  await hydrated(page);
  await expect(page.getByText(`Callers can be refused after this: the contract changes of ${key}.`)).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel(/Save the files as new versions/).check();
  await page.getByLabel(/Save contracts that break callers/).check();
  await page.getByRole('button', { name: 'Import 1 template' }).click();
  await expect(page.getByText('Imported: 0 new and 1 changed.')).toBeVisible();
  expect((await call('GET', `/admin/prompts/templates/${key}`)).version).toBe(2);
});

test('broken files are named with their lines', async ({ page }) => {
  await logIn(page, 'prompt_engineer');
  await page.goto(PAGE);
  await choose(page, [prompty(unique('broken'), 'user:\nfine\n{% if %}\n')]);
  await expect(page.getByRole('heading', { name: "This can't be imported yet" })).toBeVisible();
  await expect(page.getByText(/broken_\w+\.prompty:3/).first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Import/ })).toHaveCount(0);
  await chooseAgain(page, [{ name: 'x.zip', mimeType: 'application/zip', buffer: Buffer.from('PK no archive') }]);
  await expect(page.getByText(/can't be read as a zip archive/)).toBeVisible();
  await page.getByRole('button', { name: 'Preview import' }).click();
  await expect(page.getByText(/^Choose a \.zip archive/)).toBeVisible();
});

async function chooseAgain(page, files) {
  await hydrated(page);
  await page.getByRole('button', { name: 'Choose other files' }).click();
  await choose(page, files);
}

test('a viewer exports and imports nothing', async ({ page }) => {
  await logIn(page, 'viewer');
  await page.goto(PAGE);
  await hydrated(page);
  await expect(page.getByRole('button', { name: 'Download .zip' })).toBeVisible();
  await expect(page.getByLabel('Files')).toHaveCount(0);
});

test('on a phone nothing is cut off', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  const { key } = await newTemplate('files_phone');
  await logIn(page, 'prompt_engineer');
  await page.goto(PAGE);
  await choose(page, [prompty(key, `user:\n${'A long line of words. '.repeat(12)}\n`)]);
  await hydrated(page);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);
  await expectAccessible(page);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, allowed: ['promptory.js', 'promptory_bg.wasm'] });

  test('files are chosen, looked at and imported', async ({ page }) => {
    const { key, call } = await newTemplate('files_plain');
    // Somebody who has no upload waiting from the tests before.
    await logIn(page, 'super_admin');
    await page.goto(PAGE);
    await choose(page, [prompty(key, 'user:\nPlain.\n')]);
    await expect(page.getByText('version 1 → 2')).toBeVisible();
    // Without the choice the server says it, where the browser lets it pass.
    await page.getByLabel(/Save the files as new versions/).check();
    await page.getByRole('button', { name: 'Import 1 template' }).click();
    await expect(page.getByText('Imported: 0 new and 1 changed.')).toBeVisible();
    expect((await call('GET', `/admin/prompts/templates/${key}`)).version).toBe(2);
    await choose(page, [prompty(key, 'user:\nThrown away.\n')]);
    await page.getByLabel(/Save the files as new versions/).check();
    await page.getByLabel('Why').fill('Typed once');
    await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Theirs.' });
    await page.getByRole('button', { name: 'Import 1 template' }).click();
    await expect(page.getByRole('alert').filter({ hasText: /changed since you looked/ })).toBeVisible();
    await expect(page.getByLabel(/Save the files as new versions/)).toBeChecked();
    await expect(page.getByLabel('Why')).toHaveValue('Typed once');
    await page.getByRole('button', { name: 'Discard' }).click();
    await expect(page.getByLabel('Files')).toBeVisible();
  });
});
