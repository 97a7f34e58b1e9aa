// Who else is on a template: one connection a page. A browser has six to a host, so a tab that nobody looks at gives its
// own back after a while.

const HIDDEN_FOR = 30_000;
const REFUSED_FOR = 30_000;

export const watch = (url, tell) => {
    let source, timer, refused = -Infinity;
    const close = () => {
        source?.close();
        source = undefined;
        tell('[]');
    };
    const open = () => {
        if (source || performance.now() - refused < REFUSED_FOR) return;
        source = new EventSource(url);
        source.onmessage = ({ data }) => tell(data);
        // The person has too many pages open, or long did nothing here: until they use this one again.
        source.addEventListener('end', close);
        // Where the server is away the browser tries again itself; what is refused is not asked for again at every key.
        source.onerror = () => {
            if (source?.readyState !== EventSource.CLOSED) return;
            refused = performance.now();
            close();
        };
    };
    const look = () => {
        clearTimeout(timer);
        if (document.hidden) timer = setTimeout(close, HIDDEN_FOR);
        else open();
    };
    const listen = (change) => {
        document[change]('visibilitychange', look);
        for (const used of ['keydown', 'pointerdown']) document[change](used, look, { passive: true });
        window[change]('pageshow', look);
        window[change]('pagehide', close);
    };
    listen('addEventListener');
    look();
    return () => {
        listen('removeEventListener');
        clearTimeout(timer);
        close();
    };
};
