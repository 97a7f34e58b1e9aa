//! Secrets, hashes and tokens.

use std::path::Path;
use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::user::MAX_PASSWORD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::clock::Random;
use crate::error::{Error, Result};

/// Keys derived from the installation's one secret; that secret is never in the database.
#[derive(Clone)]
pub struct Secrets {
    api_keys: [u8; 32],
    audit: [u8; 32],
    tokens: [u8; 32],
}

impl Secrets {
    /// Derives one key per use, so that none can stand in for another.
    pub fn derive(master: &[u8]) -> Self {
        Self {
            api_keys: hmac(master, &[b"api-keys"]),
            audit: hmac(master, &[b"audit"]),
            tokens: hmac(master, &[b"tokens"]),
        }
    }

    /// Reads the secret of a data folder; a new folder gets one, readable by its owner alone.
    pub fn load_or_create(file: &Path, random: &dyn Random) -> std::io::Result<Self> {
        if let Ok(text) = std::fs::read_to_string(file) {
            let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(std::io::Error::other)?;
            if bytes.len() < 32 {
                return Err(std::io::Error::other(format!("{} is too short to be a secret", file.display())));
            }
            return Ok(Self::derive(&bytes));
        }
        let master = random_bytes::<32>(random);
        write_private(file, URL_SAFE_NO_PAD.encode(master).as_bytes())?;
        Ok(Self::derive(&master))
    }

    /// What is stored of an API key's secret part.
    pub fn api_key_hash(&self, secret: &str) -> [u8; 32] {
        hmac(&self.api_keys, &[secret.as_bytes()])
    }
    /// Compares in constant time.
    pub fn api_key_matches(&self, secret: &str, hash: &[u8]) -> bool {
        mac(&self.api_keys, &[secret.as_bytes()]).verify_slice(hash).is_ok()
    }
    /// The chain hash of an audit event.
    pub fn audit_hash(&self, previous: &[u8], event: &[u8]) -> [u8; 32] {
        hmac(&self.audit, &[previous, event])
    }

    /// Signs a token (HS256).
    pub fn sign_token(&self, claims: &Claims) -> Result<String> {
        let key = jsonwebtoken::EncodingKey::from_secret(&self.tokens);
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).map_err(|e| Error::Internal(e.into()))
    }
    /// The claims of a token that we signed. Its expiry is the caller's to check, against the context's clock.
    pub fn read_token(&self, token: &str) -> Option<Claims> {
        let key = jsonwebtoken::DecodingKey::from_secret(&self.tokens);
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
        rules.validate_exp = false;
        rules.required_spec_claims.clear();
        jsonwebtoken::decode::<Claims>(token, &key, &rules).ok().map(|t| t.claims)
    }
}

/// What a token says: who, and the session that can be revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub sub: uuid::Uuid,
    pub sid: uuid::Uuid,
    /// Unix seconds.
    pub iat: i64,
    pub exp: i64,
}

#[cfg(unix)]
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(bytes)?;
    out.sync_all()
}
#[cfg(not(unix))]
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(file, bytes)
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    mac(key, parts).finalize().into_bytes().into()
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
/// SHA-256 as lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}
/// SHA-256 over a value's JSON as lower-case hex. The JSON is never in memory as a whole.
pub fn json_hash(value: &impl Serialize) -> Result<String> {
    let mut hashing = Hashing(Sha256::new());
    serde_json::to_writer(&mut hashing, value)?;
    Ok(hex(&hashing.0.finalize()))
}

/// A writer that keeps the hash of what is written.
struct Hashing(Sha256);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// Random letters and digits, each with 5.95 bits: 43 of them hold 256 bits.
pub fn random_text(length: usize, random: &dyn Random) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = String::with_capacity(length);
    while out.len() < length {
        // 248 = 4 × 62: bytes above would favour the first letters.
        let byte = random_bytes::<1>(random)[0];
        if byte < 248 {
            out.push(LETTERS[usize::from(byte) % 62] as char);
        }
    }
    out
}

/// Hashes passwords off the async threads, few at a time: each takes 19 MiB and tens of milliseconds.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// Compared against when there is no such user, so that the answer takes as long.
    decoy: Arc<str>,
}

impl Passwords {
    pub fn new(random: &dyn Random) -> Result<Self> {
        let decoy = hash(&random_text(20, random), &random_bytes::<16>(random))?;
        Ok(Self { permits: Arc::new(Semaphore::new(2)), decoy: decoy.into() })
    }

    /// Argon2id with the crate's defaults (19 MiB, 2 passes, 1 lane: the first choice of OWASP's cheat sheet).
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String> {
        let password = password.to_owned();
        self.off_thread(move || hash(&password, &salt)).await?
    }

    /// Whether the password fits; without a stored hash it takes the same time and says no.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        // What is longer than any password is not hashed whole.
        let (password, known) = (password.chars().take(MAX_PASSWORD + 1).collect::<String>(), stored.is_some());
        let stored: String = stored.unwrap_or(&self.decoy).to_owned();
        let fits = self
            .off_thread(move || {
                PasswordHash::new(&stored)
                    .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(fits && known)
    }

    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|e| Error::Internal(e.into()))?;
        // The work holds the permit: who hangs up meanwhile must not make room for one more.
        let held = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(held).await.map_err(|e| Error::Internal(e.into()))
    }
}

fn hash(password: &str, salt: &[u8; 16]) -> Result<String> {
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), salt);
    hashed.map(|h| h.to_string()).map_err(|e| Error::internal(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededRandom;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() -> Result<()> {
        let passwords = Passwords::new(&SeededRandom::new(1))?;
        let stored = passwords.hash("correct horse battery", [7; 16]).await?;
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify("correct horse battery", Some(&stored)).await?);
        assert!(!passwords.verify("correct horse batterz", Some(&stored)).await?);
        assert!(!passwords.verify("correct horse battery", None).await?);
        Ok(())
    }

    #[test]
    fn a_token_of_another_installation_is_refused() -> Result<()> {
        let (ours, theirs) = (Secrets::derive(b"ours"), Secrets::derive(b"theirs"));
        let claims = Claims { sub: uuid::Uuid::nil(), sid: uuid::Uuid::nil(), iat: 0, exp: 1 };
        let token = ours.sign_token(&claims)?;
        assert_eq!(ours.read_token(&token), Some(claims));
        assert_eq!(theirs.read_token(&token), None);
        assert_eq!(ours.read_token("not.a.token"), None);
        Ok(())
    }

    #[test]
    fn random_text_is_letters_and_digits_and_repeats_with_its_seed() {
        let text = random_text(43, &SeededRandom::new(5));
        assert_eq!(text, random_text(43, &SeededRandom::new(5)));
        assert!(text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
}
