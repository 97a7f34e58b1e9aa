//! Icons: Lucide 1.62 (ISC licence), inlined so that none is fetched.

use leptos::prelude::*;

/// The icons in use; a new one is added with its paths from the npm package `lucide-static`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    Activity,
    Archive,
    ArrowDown,
    ArrowRight,
    ArrowUp,
    Calendar,
    Check,
    ChevronDown,
    ChevronRight,
    ChevronsUpDown,
    CircleAlert,
    CircleCheck,
    CircleDashed,
    CircleSlash,
    CircleX,
    Code,
    Commit,
    Compare,
    Copy,
    Eye,
    FileText,
    Folder,
    History,
    House,
    Info,
    KeyRound,
    Keyboard,
    LogOut,
    Menu,
    Monitor,
    Moon,
    Pencil,
    Play,
    Plus,
    Restore,
    Rocket,
    Save,
    ScrollText,
    Search,
    ShieldCheck,
    Sun,
    SunMoon,
    Tag,
    Trash,
    TriangleAlert,
    User,
    Users,
    X,
}

impl IconName {
    /// The shapes inside the 24 by 24 view box.
    fn shapes(self) -> &'static str {
        match self {
            Self::Activity => {
                concat!(
                    r#"<path d="M22 12h-2.48a2 2 0 0 0-1.93 1.46l-2.35 8.36a.25.25 0 0 1-.48 0L9.24 2.18a.25.25 0 0 "#,
                    r#"0-.48 0l-2.35 8.36A2 2 0 0 1 4.49 12H2"/>"#,
                )
            }
            Self::Archive => {
                concat!(
                    r#"<rect width="20" height="5" x="2" y="3" rx="1"/>"#,
                    r#"<path d="M4 8v11a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8"/><path d="M10 12h4"/>"#,
                )
            }
            Self::ArrowDown => r#"<path d="M12 5v14"/><path d="m19 12-7 7-7-7"/>"#,
            Self::ArrowRight => r#"<path d="M5 12h14"/><path d="m12 5 7 7-7 7"/>"#,
            Self::ArrowUp => r#"<path d="m5 12 7-7 7 7"/><path d="M12 19V5"/>"#,
            Self::Calendar => {
                concat!(
                    r#"<path d="M8 2v3"/><path d="M16 2v3"/><rect x="3" y="3" width="18" height="18" rx="2"/>"#,
                    r#"<path d="M3 9h18"/>"#,
                )
            }
            Self::Check => r#"<path d="M20 6 9 17l-5-5"/>"#,
            Self::ChevronDown => r#"<path d="m6 9 6 6 6-6"/>"#,
            Self::ChevronRight => r#"<path d="m9 18 6-6-6-6"/>"#,
            Self::ChevronsUpDown => r#"<path d="m7 15 5 5 5-5"/><path d="m7 9 5-5 5 5"/>"#,
            Self::CircleAlert => {
                concat!(
                    r#"<circle cx="12" cy="12" r="10"/><line x1="12" x2="12" y1="8" y2="12"/>"#,
                    r#"<line x1="12" x2="12.01" y1="16" y2="16"/>"#,
                )
            }
            Self::CircleCheck => r#"<circle cx="12" cy="12" r="10"/><path d="m16 9-5.5 5.5L8 12"/>"#,
            Self::CircleDashed => {
                concat!(
                    r#"<path d="M10.1 2.182a10 10 0 0 1 3.8 0"/><path d="M13.9 21.818a10 10 0 0 1-3.8 0"/>"#,
                    r#"<path d="M17.609 3.721a10 10 0 0 1 2.69 2.7"/><path d="M2.182 13.9a10 10 0 0 1 0-3.8"/>"#,
                    r#"<path d="M20.279 17.609a10 10 0 0 1-2.7 2.69"/><path d="M21.818 10.1a10 10 0 0 1 0 3.8"/>"#,
                    r#"<path d="M3.721 6.391a10 10 0 0 1 2.7-2.69"/><path d="M6.391 20.279a10 10 0 0 1-2.69-2.7"/>"#,
                )
            }
            Self::CircleSlash => r#"<circle cx="12" cy="12" r="10"/><line x1="9" x2="15" y1="15" y2="9"/>"#,
            Self::CircleX => r#"<circle cx="12" cy="12" r="10"/><path d="m15 9-6 6"/><path d="m9 9 6 6"/>"#,
            Self::Code => r#"<path d="m18 16 4-4-4-4"/><path d="m6 8-4 4 4 4"/><path d="m14.5 4-5 16"/>"#,
            Self::Commit => {
                concat!(
                    r#"<circle cx="12" cy="12" r="3"/><line x1="3" x2="9" y1="12" y2="12"/>"#,
                    r#"<line x1="15" x2="21" y1="12" y2="12"/>"#,
                )
            }
            Self::Compare => {
                concat!(
                    r#"<circle cx="5" cy="6" r="3"/><path d="M12 6h5a2 2 0 0 1 2 2v7"/><path d="m15 9-3-3 3-3"/>"#,
                    r#"<circle cx="19" cy="18" r="3"/><path d="M12 18H7a2 2 0 0 1-2-2V9"/><path d="m9 15 3 3-3 3"/>"#,
                )
            }
            Self::Copy => {
                concat!(
                    r#"<rect width="14" height="14" x="8" y="8" rx="2" ry="2"/>"#,
                    r#"<path d="M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"/>"#,
                )
            }
            Self::Eye => {
                concat!(
                    r#"<path d="M2.062 12.348a1 1 0 0 1 0-.696 10.75 10.75 0 0 1 19.876 0 1 1 0 0 1 0 .696 10.75 10.75 0 "#,
                    r#"0 1-19.876 0"/><circle cx="12" cy="12" r="3"/>"#,
                )
            }
            Self::FileText => {
                concat!(
                    r#"<path d="M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 "#,
                    r#"20 8v12a2 2 0 0 1-2 2z"/><path d="M14 2v5a1 1 0 0 0 1 1h5"/><path d="M10 9H8"/>"#,
                    r#"<path d="M16 13H8"/><path d="M16 17H8"/>"#,
                )
            }
            Self::Folder => {
                concat!(
                    r#"<path d="M20 20a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-7.9a2 2 0 0 1-1.69-.9L9.6 3.9A2 2 0 0 0 7.93 3H4a2 "#,
                    r#"2 0 0 0-2 2v13a2 2 0 0 0 2 2Z"/>"#,
                )
            }
            Self::History => {
                concat!(
                    r#"<path d="M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8"/><path d="M3 3v5h5"/>"#,
                    r#"<path d="M12 7v5l4 2"/>"#,
                )
            }
            Self::House => {
                concat!(
                    r#"<path d="M15 21v-8a1 1 0 0 0-1-1h-4a1 1 0 0 0-1 1v8"/>"#,
                    r#"<path d="M3 10a2 2 0 0 1 .709-1.528l7-6a2 2 0 0 1 2.582 0l7 6A2 2 0 0 1 21 10v9a2 2 0 0 1-2 2H5a2 "#,
                    r#"2 0 0 1-2-2z"/>"#,
                )
            }
            Self::Info => r#"<circle cx="12" cy="12" r="10"/><path d="M12 16v-4"/><path d="M12 8h.01"/>"#,
            Self::KeyRound => {
                concat!(
                    r#"<path d="M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h1a1 1 "#,
                    r#"0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l.814-.814a6.5 6.5 0 1 0-4-4z"/>"#,
                    r#"<circle cx="16.5" cy="7.5" r=".5" fill="currentColor"/>"#,
                )
            }
            Self::Keyboard => {
                concat!(
                    r#"<path d="M10 8h.01"/><path d="M12 12h.01"/><path d="M14 8h.01"/><path d="M16 12h.01"/>"#,
                    r#"<path d="M18 8h.01"/><path d="M6 8h.01"/><path d="M7 16h10"/><path d="M8 12h.01"/>"#,
                    r#"<rect width="20" height="16" x="2" y="4" rx="2"/>"#,
                )
            }
            Self::LogOut => {
                r#"<path d="m16 17 5-5-5-5"/><path d="M21 12H9"/><path d="M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4"/>"#
            }
            Self::Menu => r#"<path d="M4 5h16"/><path d="M4 12h16"/><path d="M4 19h16"/>"#,
            Self::Monitor => {
                concat!(
                    r#"<rect width="20" height="14" x="2" y="3" rx="2"/><line x1="8" x2="16" y1="21" y2="21"/>"#,
                    r#"<line x1="12" x2="12" y1="17" y2="21"/>"#,
                )
            }
            Self::Moon => {
                concat!(
                    r#"<path d="M20.985 12.486a9 9 0 1 1-9.473-9.472c.405-.022.617.46.402.803a6 6 0 0 0 8.268 "#,
                    r#"8.268c.344-.215.825-.004.803.401"/>"#,
                )
            }
            Self::Pencil => {
                concat!(
                    r#"<path d="M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1.321 4.352a.5.5 0 0 0 "#,
                    r#".623.622l4.353-1.32a2 2 0 0 0 .83-.497z"/><path d="m15 5 4 4"/>"#,
                )
            }
            Self::Play => {
                r#"<path d="M5 5a2 2 0 0 1 3.008-1.728l11.997 6.998a2 2 0 0 1 .003 3.458l-12 7A2 2 0 0 1 5 19z"/>"#
            }
            Self::Plus => r#"<path d="M5 12h14"/><path d="M12 5v14"/>"#,
            Self::Restore => {
                concat!(
                    r#"<rect width="20" height="5" x="2" y="3" rx="1"/><path d="M4 8v11a2 2 0 0 0 2 2h2"/>"#,
                    r#"<path d="M20 8v11a2 2 0 0 1-2 2h-2"/><path d="m9 15 3-3 3 3"/><path d="M12 12v9"/>"#,
                )
            }
            Self::Rocket => {
                concat!(
                    r#"<path d="M12 15v5s3.03-.55 4-2c1.08-1.62 0-5 0-5"/>"#,
                    r#"<path d="M4.5 16.5c-1.5 1.26-2 5-2 5s3.74-.5 5-2c.71-.84.7-2.13-.09-2.91a2.18 2.18 0 0 "#,
                    r#"0-2.91-.09"/>"#,
                    r#"<path d="M9 12a22 22 0 0 1 2-3.95A12.88 12.88 0 0 1 22 2c0 2.72-.78 7.5-6 11a22.4 22.4 0 0 1-4 "#,
                    r#"2z"/><path d="M9 12H4s.55-3.03 2-4c1.62-1.08 5 .05 5 .05"/>"#,
                )
            }
            Self::Save => {
                concat!(
                    r#"<path d="M15.2 3a2 2 0 0 1 1.4.6l3.8 3.8a2 2 0 0 1 .6 1.4V19a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 "#,
                    r#"0 0 1 2-2z"/><path d="M17 21v-7a1 1 0 0 0-1-1H8a1 1 0 0 0-1 1v7"/>"#,
                    r#"<path d="M7 3v4a1 1 0 0 0 1 1h7"/>"#,
                )
            }
            Self::ScrollText => {
                concat!(
                    r#"<path d="M15 12h-5"/><path d="M15 8h-5"/><path d="M19 17V5a2 2 0 0 0-2-2H4"/>"#,
                    r#"<path d="M8 21h12a2 2 0 0 0 2-2v-1a1 1 0 0 0-1-1H11a1 1 0 0 0-1 1v1a2 2 0 1 1-4 0V5a2 2 0 1 0-4 "#,
                    r#"0v2a1 1 0 0 0 1 1h3"/>"#,
                )
            }
            Self::Search => r#"<path d="m21 21-4.34-4.34"/><circle cx="11" cy="11" r="8"/>"#,
            Self::ShieldCheck => {
                concat!(
                    r#"<path d="M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6a1 1 0 0 1 1-1c2 0 "#,
                    r#"4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 19 5a1 1 0 0 1 1 1z"/>"#,
                    r#"<path d="m9 12 2 2 4-4"/>"#,
                )
            }
            Self::Sun => {
                concat!(
                    r#"<circle cx="12" cy="12" r="4"/><path d="M12 2v2"/><path d="M12 20v2"/>"#,
                    r#"<path d="m4.93 4.93 1.41 1.41"/><path d="m17.66 17.66 1.41 1.41"/><path d="M2 12h2"/>"#,
                    r#"<path d="M20 12h2"/><path d="m6.34 17.66-1.41 1.41"/><path d="m19.07 4.93-1.41 1.41"/>"#,
                )
            }
            Self::SunMoon => {
                concat!(
                    r#"<path d="M12 2v2"/>"#,
                    r#"<path d="M14.837 16.385a6 6 0 1 1-7.223-7.222c.624-.147.97.66.715 1.248a4 4 0 0 0 5.26 "#,
                    r#"5.259c.589-.255 1.396.09 1.248.715"/><path d="M16 12a4 4 0 0 0-4-4"/><path d="m19 5-1.256 1.256"/>"#,
                    r#"<path d="M20 12h2"/>"#,
                )
            }
            Self::Tag => {
                concat!(
                    r#"<path d="M12.586 2.586A2 2 0 0 0 11.172 2H4a2 2 0 0 0-2 2v7.172a2 2 0 0 0 .586 1.414l8.704 "#,
                    r#"8.704a2.426 2.426 0 0 0 3.42 0l6.58-6.58a2.426 2.426 0 0 0 0-3.42z"/>"#,
                    r#"<circle cx="7.5" cy="7.5" r=".5" fill="currentColor"/>"#,
                )
            }
            Self::Trash => {
                concat!(
                    r#"<path d="M10 11v6"/><path d="M14 11v6"/><path d="M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6"/>"#,
                    r#"<path d="M3 6h18"/><path d="M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2"/>"#,
                )
            }
            Self::TriangleAlert => {
                concat!(
                    r#"<path d="m21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3"/>"#,
                    r#"<path d="M12 9v4"/><path d="M12 17h.01"/>"#,
                )
            }
            Self::User => r#"<path d="M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2"/><circle cx="12" cy="7" r="4"/>"#,
            Self::Users => {
                concat!(
                    r#"<path d="M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2"/><path d="M16 3.128a4 4 0 0 1 0 7.744"/>"#,
                    r#"<path d="M22 21v-2a4 4 0 0 0-3-3.87"/><circle cx="9" cy="7" r="4"/>"#,
                )
            }
            Self::X => r#"<path d="M18 6 6 18"/><path d="m6 6 12 12"/>"#,
        }
    }
}

/// An icon beside a text that says the same; hidden from screen readers.
#[component]
pub fn Icon(
    name: IconName,
    /// Size and colour, such as `size-4`.
    #[prop(default = "size-4")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg
            class=format!("icon {class}")
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=name.shapes()
        ></svg>
    }
}
