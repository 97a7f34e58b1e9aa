// No mouse: the main job by keys alone, with the focus in sight at every step.
import { expect, hydrated, messageField, PASSWORD, test } from './fixtures.mjs';
import { newTemplate } from './rest.mjs';

// The element with the focus is marked, is on the screen, and nothing lies over it.
async function expectFocusVisible(page) {
  const focus = await page.evaluate(() => {
    // Where one types in an editor is no box of its own.
    const element = document.activeElement.closest('.code-editor') ?? document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const isOutlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 && !style.outlineColor.includes(', 0)');
    return {
      what: element.outerHTML.slice(0, 160),
      isOutlined,
      isThere: left < right && top < bottom && (element.contains(there) || !!there?.closest('label')?.contains(element)),
    };
  });
  expect(focus).toEqual({ what: focus.what, isOutlined: true, isThere: true });
}

// Presses Tab until the element has the focus.
async function tabTo(page, target, button = 'Tab') {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < 120; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(button);
    // After its last element Tab leaves the page, and comes back to its first.
    if (await page.evaluate(() => document.activeElement !== document.body)) await expectFocusVisible(page);
  }
  throw new Error(`Tab never reaches ${target}`);
}

test('log in, find a template, move a label, save a version', async ({ page }) => {
  const { key, call } = await newTemplate('by_keys', { display_name: 'By keys' });
  await call('PUT', `/admin/prompts/templates/${key}`, { template_text: 'Second words.' });
  await page.goto('/p/default');
  await hydrated(page);
  await expect(page.getByLabel('E-mail')).toBeFocused();
  await page.keyboard.type('prompt_engineer@example.com');
  await tabTo(page, page.getByLabel(/^Password/));
  await page.keyboard.type(PASSWORD);
  await tabTo(page, page.getByRole('button', { name: 'Log in' }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/p\/default$/);
  await hydrated(page);

  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await expectFocusVisible(page);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.locator('main :focus')).toHaveCount(1);
  await tabTo(page, page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Templates' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Templates', level: 1 })).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();

  await expect(page.getByLabel('Search templates')).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByLabel('Search templates')).toBeFocused();
  await page.keyboard.type(key);
  await page.keyboard.press('Enter');
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await tabTo(page, page.getByRole('link', { name: 'By keys' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/By keys/);

  const stage = page.locator('.pipe-stage', { hasText: 'development' });
  await tabTo(page, stage.locator('summary'));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByLabel('Version for development'));
  await page.keyboard.press('Escape');
  await expect(page.getByLabel('Version for development')).toBeHidden();
  await expect(stage.locator('summary')).toBeFocused();
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByLabel('Version for development'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByLabel('Version for development')).toHaveValue('1');
  await tabTo(page, page.getByLabel('Reason for moving development'));
  await page.keyboard.type('By keys');
  await tabTo(page, page.getByRole('button', { name: 'Move development' }));
  await page.keyboard.press('Enter');
  await expect(stage.getByRole('link', { name: 'v1' })).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: 'The label was moved.' })).toBeAttached();
  await expect(page.getByRole('region', { name: 'What serves where' })).toBeFocused();

  await tabTo(page, page.getByRole('link', { name: 'Edit', exact: true }));
  await page.keyboard.press('Enter');
  const message = page.getByRole('textbox', { name: 'Message 1', exact: true });
  await expect(page.locator('.code-editor .view-line').first()).toBeVisible();
  await tabTo(page, message);
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' Third words.');
  await expect(messageField(page, 1)).toHaveValue('Second words. Third words.');
  await page.keyboard.press('Tab');
  await expect(message).not.toBeFocused();
  await expect(messageField(page, 1)).toHaveValue('Second words. Third words.');
  await tabTo(page, page.getByLabel('What changed'));
  await page.keyboard.type('Third');
  await tabTo(page, page.getByRole('button', { name: 'Save version' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Version 3 is saved.')).toBeVisible();
});

test('menus and sheets open, close on Escape and give the focus back', async ({ page }) => {
  await page.goto('/p/default');
  await page.keyboard.type('viewer@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/p\/default$/);
  await hydrated(page);
  const person = page.getByRole('button', { name: /account and settings/ });
  await tabTo(page, person);
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Dark' }));
  await page.keyboard.press('Space');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'promptory-dark');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Dark' })).toBeHidden();
  await expect(person).toBeFocused();

  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet).toBeVisible();
  await expect(sheet.getByRole('button', { name: 'Close' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  await expect(person).toBeFocused();
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await expect(page.getByRole('heading', { name: 'Templates', level: 1 })).toBeVisible();
});
