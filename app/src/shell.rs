//! The document around every page.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::routes::App;

/// Where the build's files are: a path with a hash of them, so that they can be cached for good.
#[derive(Clone, Debug)]
pub struct Site {
    /// Such as `/assets/4f0c2b7a`.
    pub assets: String,
}

/// Sets the theme before the first paint, so that nothing flashes, and marks that scripts run.
const THEME: &str = "const r=document.documentElement;r.dataset.js='';\
    try{const t=localStorage.getItem('theme');if(t)r.dataset.theme=t}catch{}";

pub fn shell(site: Site) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    let assets = site.assets.clone();
    let css = format!("{}/app.css", site.assets);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-assets=assets>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content="Promptory: governed, typed, tested, measured prompts"/>
                <script nonce=nonce>{THEME}</script>
                <link rel="icon" href=format!("{}/icon.svg", site.assets) type="image/svg+xml"/>
                <link rel="stylesheet" href=css/>
                <Boot assets=site.assets/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Replaces leptos' `HydrationScripts`, whose preload link has no nonce and shows it in another attribute.
#[component]
fn Boot(assets: String) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    let (js, wasm) = (format!("{assets}/promptory.js"), format!("{assets}/promptory_bg.wasm"));
    let script = format!(
        "import init,{{hydrate}} from {js:?};init({{module_or_path:{wasm:?}}}).then(hydrate).then(()=>document.documentElement.dataset.hydrated='true')"
    );
    view! {
        <link rel="modulepreload" href=js nonce=nonce.clone()/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" nonce=nonce>
            {script}
        </script>
    }
}
