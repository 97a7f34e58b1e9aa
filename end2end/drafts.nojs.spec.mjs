// Drafts without JavaScript: a save, a conflict, a merge with radio buttons; two windows of one author.
import { test, expect, logIn } from './fixtures.mjs';
import { newTemplate } from './rest.mjs';

// Chromium complains of the preloads of scripts that it was told not to run.
test.use({ allowed: ['promptory.js', 'promptory_bg.wasm'] });

const message = (page) => page.getByRole('textbox', { name: 'Message 1', exact: true });

test('a save over a newer version is merged by choices', async ({ page }) => {
  const { key, call } = await newTemplate('plain_merge', { template_text: 'Greet.\nAnswer.\nSay goodbye.' });
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${key}/edit`);
  await message(page).fill('Greet kindly.\nAnswer.\nSay goodbye.\nWish a good day.');
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Greet by name.\nAnswer.\nSay goodbye.' });
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page.locator('#conflict')).toContainText('version 2 was saved while you were writing on version 1');
  await expect(message(page)).toHaveValue(/Wish a good day/);
  await page.getByRole('button', { name: 'Merge with version 2' }).click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}/merge$`));

  await page.getByRole('button', { name: 'Save version 3' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'choose what to take' })).toBeVisible();
  await page.getByRole('radio', { name: 'Edit' }).check();
  await page.getByLabel('Text for conflict 1').fill('Greet kindly, by name.');
  await page.getByRole('button', { name: 'Preview', exact: true }).last().click();
  await expect(page.getByRole('region', { name: /The result/ })).toContainText('kindly');
  await expect(page.getByRole('radio', { name: 'Edit' })).toBeChecked();
  await expect(page.getByLabel('Text for conflict 1')).toHaveValue('Greet kindly, by name.');

  // A third version comes in between: the merge is done anew, and what was chosen still is.
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Greet by name.\nAnswer.\nSay goodbye, slowly.' });
  await page.getByRole('button', { name: 'Save version 3' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /version 3 was saved meanwhile/i })).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Edit' }).first()).toBeChecked();
  const open = page.getByRole('group', { name: /Conflict 2 of 2/ });
  if (await open.count()) await open.getByRole('radio', { name: 'Take both' }).check();
  await page.getByLabel('What changed').fill('Both');
  await page.getByRole('button', { name: 'Save version 4' }).click();
  await expect(page.getByText('Version 4 is saved.')).toBeVisible();
  const { messages, parent } = await call('GET', `/admin/prompts/templates/${key}/versions/4`);
  expect(parent).toBe(3);
  expect(messages[0].content).toMatch(/^Greet kindly, by name\.\nAnswer\./);
  expect(messages[0].content).toContain('slowly');
  expect(messages[0].content).toContain('Wish a good day.');
});

test('what another window kept is not written over unseen', async ({ page, context }) => {
  const { key } = await newTemplate('plain_windows');
  await logIn(page, 'prompt_engineer');
  const second = await context.newPage();
  for (const window of [page, second]) await window.goto(`/p/default/templates/${key}/edit`);
  await message(page).fill('In the first window.');
  await page.getByRole('button', { name: 'Save draft' }).click();
  await expect(page.getByText('Draft saved')).toBeVisible();
  await message(second).fill('In the second window.');
  await second.getByRole('button', { name: 'Save draft' }).click();
  await expect(second.locator('#late-draft')).toContainText('Draft not saved. This draft was changed meanwhile');
  await expect(message(second)).toHaveValue('In the second window.');
  await second.getByRole('button', { name: 'Keep the text of this page' }).click();
  await expect(second.getByText('Draft saved')).toBeVisible();
  // And again from the same page, which knows the draft's new revision.
  await message(second).fill('In the second window, again.');
  await second.getByRole('button', { name: 'Save draft' }).click();
  await expect(second.getByText('Draft saved')).toBeVisible();
  await page.goto(`/p/default/templates/${key}/edit`);
  await expect(message(page)).toHaveValue('In the second window, again.');
});
