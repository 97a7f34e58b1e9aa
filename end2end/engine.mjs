// The engine of a page, asked by a test as the page's own code asks it.

// Puts `askEngine(name, argument)` into the page; it resolves with the engine's answer.
export async function withEngine(page) {
  await page.evaluate(async () => {
    // The page's policy lets only scripts with its nonce import others.
    const script = document.createElement('script');
    script.type = 'module';
    script.nonce = document.querySelector('script[nonce]').nonce;
    script.textContent = `import { call } from '${document.documentElement.dataset.assets}/engine_client.js';
      dispatchEvent(new CustomEvent('engine', { detail: call }));`;
    window.askEngine = await new Promise((resolve) => {
      addEventListener('engine', ({ detail }) => resolve(detail), { once: true });
      document.head.append(script);
    });
  });
}
