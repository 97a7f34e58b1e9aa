// The reference of the API: Swagger UI out of our own binary, so that it opens without a network.
import { test, expect, expectAccessible } from './fixtures.mjs';

test('it lists every operation and asks no other host', async ({ page, request, baseURL }) => {
  const asked = new Set();
  page.on('request', (r) => asked.add(new URL(r.url()).origin));
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`)));
  const { paths } = await (await request.get('/api/openapi.json')).json();
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  expect(operations.length).toBeGreaterThan(30);

  await page.goto('/api/docs');
  await expect(page.locator('.opblock')).toHaveCount(operations.length);
  await expect(page.getByText('/api/v1/prompts/render').first()).toBeVisible();
  expect([...asked]).toEqual([baseURL]);
  await expectAccessible(page);

  const render = page.locator('.opblock', { hasText: '/api/v1/prompts/render' });
  await render.locator('.opblock-summary-control').click();
  await expect(render.getByText('template_name').first()).toBeVisible();
  expect([...asked]).toEqual([baseURL]);
});
