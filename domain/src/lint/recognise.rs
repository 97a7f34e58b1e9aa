//! Recognisers of what must not stand in a text: a cheap pattern finds candidates, a validator decides. Lint asks them of
//! prompts, and guardrails of what goes through a prompt: which entity, from which byte to which.
//!
//! Shapes and validators after Presidio's recognisers and the published token formats of the services named; numbers that
//! only look like something stay silent, since the validator decides and not the shape.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::api_key::parse_key;

/// A kind of secret or of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    PromptoryKey,
    AwsAccessKey,
    GithubToken,
    AnthropicKey,
    OpenaiKey,
    SlackToken,
    StripeKey,
    GoogleApiKey,
    Jwt,
    PrivateKey,
    UrlWithPassword,
    Password,
    EmailAddress,
    CreditCard,
    IbanCode,
    UsSsn,
    PhoneNumber,
}

impl Entity {
    /// For people: `an e-mail address`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PromptoryKey => "a Promptory key",
            Self::AwsAccessKey => "an AWS access key",
            Self::GithubToken => "a GitHub token",
            Self::AnthropicKey => "an Anthropic key",
            Self::OpenaiKey => "an OpenAI key",
            Self::SlackToken => "a Slack token",
            Self::StripeKey => "a Stripe key",
            Self::GoogleApiKey => "a Google API key",
            Self::Jwt => "a JSON web token",
            Self::PrivateKey => "a private key",
            Self::UrlWithPassword => "an address with a password",
            Self::Password => "a password or token",
            Self::EmailAddress => "an e-mail address",
            Self::CreditCard => "a card number",
            Self::IbanCode => "an IBAN",
            Self::UsSsn => "a US social security number",
            Self::PhoneNumber => "a telephone number",
        }
    }
    /// For machines, and the same for ever: `EMAIL_ADDRESS`. Presidio's name where it has one.
    pub fn id(self) -> &'static str {
        match self {
            Self::PromptoryKey => "PROMPTORY_KEY",
            Self::AwsAccessKey => "AWS_ACCESS_KEY",
            Self::GithubToken => "GITHUB_TOKEN",
            Self::AnthropicKey => "ANTHROPIC_KEY",
            Self::OpenaiKey => "OPENAI_KEY",
            Self::SlackToken => "SLACK_TOKEN",
            Self::StripeKey => "STRIPE_KEY",
            Self::GoogleApiKey => "GOOGLE_API_KEY",
            Self::Jwt => "JWT",
            Self::PrivateKey => "PRIVATE_KEY",
            Self::UrlWithPassword => "URL_WITH_PASSWORD",
            Self::Password => "PASSWORD",
            Self::EmailAddress => "EMAIL_ADDRESS",
            Self::CreditCard => "CREDIT_CARD",
            Self::IbanCode => "IBAN_CODE",
            Self::UsSsn => "US_SSN",
            Self::PhoneNumber => "PHONE_NUMBER",
        }
    }
}

/// Something recognised, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    pub entity: Entity,
    pub start: usize,
    pub end: usize,
}

struct Recogniser {
    entity: Entity,
    pattern: Regex,
    is_one: fn(&str) -> bool,
}

fn recogniser(entity: Entity, pattern: &str, is_one: fn(&str) -> bool) -> Recogniser {
    Recogniser { entity, pattern: Regex::new(pattern).expect("a pattern of ours"), is_one }
}

fn by_shape(_: &str) -> bool {
    true
}

static SECRETS: LazyLock<Vec<Recogniser>> = LazyLock::new(|| {
    vec![
        recogniser(Entity::PromptoryKey, r"ppy_[a-z]+_[A-Za-z0-9]+_[A-Za-z0-9]+", |text| parse_key(text).is_some()),
        recogniser(Entity::AwsAccessKey, r"(?:AKIA|ASIA)[0-9A-Z]{16}", by_shape),
        recogniser(Entity::GithubToken, r"(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})", by_shape),
        recogniser(Entity::AnthropicKey, r"sk-ant-[A-Za-z0-9_-]{20,}", by_shape),
        recogniser(Entity::OpenaiKey, r"sk-(?:proj-)?[A-Za-z0-9_-]{32,}", by_shape),
        recogniser(Entity::SlackToken, r"xox[abprs]-[A-Za-z0-9-]{20,}", by_shape),
        recogniser(Entity::StripeKey, r"[rs]k_live_[A-Za-z0-9]{16,}", by_shape),
        recogniser(Entity::GoogleApiKey, r"AIza[0-9A-Za-z_-]{35}", by_shape),
        recogniser(Entity::Jwt, r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}", by_shape),
        recogniser(Entity::PrivateKey, r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----", by_shape),
        recogniser(
            Entity::UrlWithPassword,
            r"[a-z][a-z0-9+.-]*://[^\s:/@{}<]+:[^\s:/@{}<]{3,}@[A-Za-z0-9.-]+",
            by_shape,
        ),
        recogniser(
            Entity::Password,
            r#"(?i)(?:api[_-]?key|token|password|passwd|secret)["']?\s*[:=]\s*["']?[A-Za-z0-9_/+=-]{16,}"#,
            |text| is_random(text.rsplit([':', '=', '"', '\'', ' ']).find(|part| part.len() >= 16).unwrap_or_default()),
        ),
    ]
});

static PERSONAL: LazyLock<Vec<Recogniser>> = LazyLock::new(|| {
    vec![
        recogniser(
            Entity::EmailAddress,
            r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
            is_real_address,
        ),
        recogniser(Entity::CreditCard, r"[0-9](?:[ -]?[0-9]){12,18}", is_card),
        recogniser(Entity::IbanCode, r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?", is_iban),
        recogniser(Entity::UsSsn, r"[0-9]{3}-[0-9]{2}-[0-9]{4}", is_ssn),
        recogniser(Entity::PhoneNumber, r"\+[0-9](?:[ .()/-]{0,2}[0-9]){7,14}", is_telephone),
    ]
});

/// Keys, tokens and passwords in a text, in the order of their places; of two over each other the first kind.
pub fn secrets(text: &str) -> Vec<Recognised> {
    recognise(&SECRETS, text)
}

/// What tells of a person, likewise.
pub fn personal(text: &str) -> Vec<Recognised> {
    recognise(&PERSONAL, text)
}

fn recognise(all: &[Recogniser], text: &str) -> Vec<Recognised> {
    let mut found: BTreeMap<usize, Recognised> = BTreeMap::new();
    for one in all {
        for candidate in one.pattern.find_iter(text) {
            let (start, end) = (candidate.start(), candidate.end());
            let is_free = found.range(..end).next_back().is_none_or(|(_, before)| before.end <= start);
            if is_free && stands_alone(text, start, end) && (one.is_one)(candidate.as_str()) {
                found.insert(start, Recognised { entity: one.entity, start, end });
            }
        }
    }
    found.into_values().collect()
}

/// Not a piece of a longer word or number.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
}

/// Looks drawn at random: 3.5 bits a character (Shannon) and a digit among them.
fn is_random(text: &str) -> bool {
    let length = text.len() as f64;
    let share = |byte: u8| text.bytes().filter(|b| *b == byte).count() as f64 / length;
    let entropy: f64 = (0..=u8::MAX).map(share).filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum();
    entropy >= 3.5 && text.bytes().any(|b| b.is_ascii_digit())
}

/// Names that RFC 2606 and RFC 6761 keep for examples belong to nobody.
fn is_real_address(text: &str) -> bool {
    let host = text.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let is_under = |name: &str| host == name || host.ends_with(&format!(".{name}"));
    !["example.com", "example.org", "example.net", "example", "test", "invalid", "localhost"].into_iter().any(is_under)
}

/// In its international form (ITU-T E.164): 8 to 15 digits of which the first is not 0. Numbers kept for fiction (North America's
/// 555-01xx) belong to nobody.
fn is_telephone(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_fiction = digits.starts_with('1') && digits.len() == 11 && digits[4..].starts_with("55501");
    !digits.starts_with('0') && !is_fiction
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// A payment card's first digits, its length, and Luhn's checksum (ISO/IEC 7812-1, annex B).
fn is_card(text: &str) -> bool {
    let digits = digits(text);
    let starts = matches!(digits[0], 3..=6) || digits.starts_with(&[2, 2]) || digits.starts_with(&[2, 7]);
    let doubled = |n: u32| if n > 4 { 2 * n - 9 } else { 2 * n };
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, n)| if i % 2 == 1 { doubled(*n) } else { *n }).sum();
    starts && sum.is_multiple_of(10) && digits.iter().any(|n| *n != digits[0])
}

/// Remainder 1 modulo 97, the first four characters moved to the end (ISO 13616).
fn is_iban(text: &str) -> bool {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    if !(15..=34).contains(&text.len()) {
        return false;
    }
    let value = |c: char| c.to_digit(36).unwrap_or_default();
    let step = |rest: u32, n: u32| (if n > 9 { rest * 100 } else { rest * 10 } + n) % 97;
    text[4..].chars().chain(text[..4].chars()).map(value).fold(0, step) == 1
}

/// Areas and groups that are given out, and none of the numbers known from advertisements.
fn is_ssn(text: &str) -> bool {
    let (area, group, serial) = (&text[..3], &text[4..6], &text[7..]);
    let is_given = area != "000" && area != "666" && !area.starts_with('9') && group != "00" && serial != "0000";
    is_given && !["078-05-1120", "123-45-6789", "219-09-9999"].contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(found: &[Recognised]) -> Vec<&'static str> {
        found.iter().map(|f| f.entity.name()).collect()
    }

    #[test]
    fn what_has_the_checksum_is_recognised_and_what_only_looks_like_it_is_not() {
        for (text, kind) in [
            ("4111 1111 1111 1111", "a card number"),
            ("Card: 5500-0000-0000-0004.", "a card number"),
            ("DE89 3704 0044 0532 0130 00", "an IBAN"),
            ("GB82WEST12345698765432", "an IBAN"),
            ("536-90-4399", "a US social security number"),
            ("grace.hopper@navy.mil", "an e-mail address"),
            ("call +49 (30) 901820 today", "a telephone number"),
            ("+442071838750", "a telephone number"),
        ] {
            assert_eq!(kinds(&personal(text)), [kind], "{text}");
        }
        for text in [
            "4111 1111 1111 1112",
            "0000 0000 0000 0000",
            "order 1234567890123456",
            "DE88 3704 0044 0532 0130 00",
            "000-12-3456",
            "536-90-43990",
            "+1 212-555-0142",
            "+0 123 456 789",
            "a+12345678 and +1 234",
            "ada@example.com",
            "a@b",
            "{{ user_email }}",
        ] {
            assert_eq!(personal(text), [], "{text}");
        }
    }

    #[test]
    fn keys_are_told_by_their_services_forms() {
        let forty = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        for (text, kind) in [
            ("AKIAIOSFODNN7EXAMPLE".to_owned(), "an AWS access key"),
            (format!("ghp_{}", &forty[..36]), "a GitHub token"),
            (format!("sk-ant-{forty}"), "an Anthropic key"),
            (format!("sk-proj-{forty}"), "an OpenAI key"),
            (format!("postgres://app:{}@db.internal/x", &forty[..12]), "an address with a password"),
            (format!("api_key = \"{forty}\""), "a password or token"),
            ("-----BEGIN RSA PRIVATE KEY-----".to_owned(), "a private key"),
        ] {
            assert_eq!(kinds(&secrets(&text)), [kind], "{text}");
        }
        for text in [
            "password: {{ password }}",
            "token: your_token_goes_here",
            "https://example.com/a:b@c",
            "the secret: kindness and patience",
        ] {
            assert_eq!(secrets(text), [], "{text}");
        }
    }

    #[test]
    fn each_entity_has_an_id_of_its_own() {
        let ids: Vec<_> = SECRETS.iter().chain(PERSONAL.iter()).map(|one| one.entity.id()).collect();
        let of_their_own: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(of_their_own.len(), ids.len());
        let found = personal("write to grace.hopper@navy.mil");
        assert_eq!(
            found.iter().map(|f| (f.entity.id(), f.start, f.end)).collect::<Vec<_>>(),
            [("EMAIL_ADDRESS", 9, 30)]
        );
    }
}
