// Without JavaScript: log in, create, save, and nothing typed is lost.
import { test, expect, PASSWORD } from './fixtures.mjs';

// Chromium complains of the preloads of scripts that it was told not to run.
test.use({ allowed: ['promptory.js', 'promptory_bg.wasm'] });

test('log in, create a template, save a version', async ({ page }) => {
  await page.goto('/p/default/templates/new');
  await page.getByLabel('E-mail').fill('prompt_engineer@example.com');
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole('button', { name: /log in/i }).click();
  await expect(page).toHaveURL(/\/templates\/new$/);

  await page.getByLabel('Key', { exact: true }).fill('plain_form');
  await page.getByLabel('Display name').fill('Plain form');
  await page.getByLabel('Kind').fill('single_shot');
  await page.getByRole('textbox', { name: 'Message 1', exact: true }).fill('Hello {{ name }}</textarea><script>document.title="broken"</script>');
  await page.getByRole('button', { name: /^(Create|Save)/ }).last().click();
  // `name` is not declared: the error is told, and what was typed is still there.
  await expect(page.getByText(/not a declared parameter/).first()).toBeVisible();
  await expect(page.getByLabel('Key', { exact: true })).toHaveValue('plain_form');
  await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toHaveValue(/^Hello \{\{ name \}\}<\/textarea><script>/);
  const parameter = page.getByRole('group', { name: 'Parameter 1' });
  await parameter.getByLabel('Name').fill('name');
  await page.getByRole('button', { name: /^(Create|Save)/ }).last().click();
  await expect(page).toHaveURL(/\/templates\/plain_form/);

  await page.getByRole('link', { name: 'Edit' }).first().click();
  await expect(page.getByRole('textbox', { name: 'Message 1', exact: true })).toHaveValue(/^Hello/);
  await page.getByRole('textbox', { name: 'Message 1', exact: true }).fill('Good morning {{ name }}');
  await page.getByLabel('What changed').fill('Greet');
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page).toHaveURL(/\/templates\/plain_form\?/);
  await expect(page.getByText('Greet').filter({ visible: true }).first()).toBeVisible();

  await page.goto('/p/default/templates?search=plain');
  await expect(page.getByRole('link', { name: /Plain form/ }).first()).toBeVisible();
});
