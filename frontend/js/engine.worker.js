// The engine on a thread of its own: one question at a time, in their order.
import init, * as engine from './engine.js';

const ready = init({ module_or_path: new URL('./engine_bg.wasm', import.meta.url) }).then(
    () => postMessage({ ready: true }),
    (error) => postMessage({ ready: false, error: String(error) }),
);

onmessage = async ({ data: { id, name, argument } }) => {
    await ready;
    try {
        postMessage({ id, answer: engine[name](argument) });
    } catch (error) {
        // After a panic the module's memory is not to be trusted.
        postMessage({ id, error: String(error), isBroken: error instanceof WebAssembly.RuntimeError });
    }
};
