// The log-in form, with JavaScript: in, out, and nothing typed is lost on the way.
import { test, expect, fillLogIn, hydrated, PASSWORD } from './fixtures.mjs';

test('a wrong password is told, the right one leads on, and logging out ends it', async ({ page, baseURL }) => {
  await page.goto('/p/default/templates?search=core&sort=updated');
  await expect(page).toHaveURL(/\/login\?next=/);
  await hydrated(page);
  await fillLogIn(page, 'analyst@example.com', 'a wrong sentence, too');

  await expect(page.getByRole('alert')).toHaveText(/the address or the password is wrong/i);
  await hydrated(page);
  await expect(page.getByLabel('E-mail')).toHaveValue('analyst@example.com');
  await expect(page.getByLabel(/^Password/)).toHaveValue('');
  await expect(page.getByLabel(/^Password/)).toBeFocused();
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();

  await expect(page).toHaveURL(`${baseURL}/p/default/templates?search=core&sort=updated`);
  await hydrated(page);
  await expect(page.getByRole('row', { name: /Select Core Values/ })).toBeVisible();
  await page.getByRole('button', { name: /account and settings/ }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto('/p/default/templates');
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.goBack();
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible();
});

test('Enter logs in, and no script can read the session', async ({ page, context }) => {
  await page.goto('/login?next=/p/default');
  await page.getByLabel('E-mail').fill('viewer@example.com');
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/p\/default$/);
  const cookies = await context.cookies();
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
});
