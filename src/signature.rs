//! Standard Webhooks signatures, both ways: `v1,` + base64(HMAC-SHA256 of `id.timestamp.body`).
//! Guarantees: compared in constant time; an old or future timestamp never passes, so a recorded request cannot be replayed
//! later; several secrets may be active while one is rotated.

use base64::{
    Engine as _,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
    },
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// A timestamp further from now than this is refused.
const TOLERANCE_SECONDS: i64 = 300;
/// Secrets shorter than this can be guessed; the specification asks for 24 to 64 bytes.
const SECRET_BYTES_MIN: usize = 16;
/// Secrets are copied by hand: padding may be missing.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One signing secret, `whsec_` + base64.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Why a text is not a secret. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    #[error("must start with whsec_")]
    NoPrefix,
    #[error("is not base64 after whsec_")]
    NotBase64,
    #[error("must hold at least {SECRET_BYTES_MIN} bytes")]
    TooShort,
}

/// The three headers of a signed request, as they came.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    /// `webhook-id`
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or more signatures, separated by spaces.
    pub signature: &'a str,
}

/// Why a signed request is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    #[error("webhook-timestamp is not a number of seconds")]
    BadTimestamp,
    #[error("webhook-timestamp lies more than 5 minutes in the past")]
    TooOld,
    #[error("webhook-timestamp lies more than 5 minutes in the future")]
    TooNew,
    #[error("webhook-signature holds no v1 signature made with an active secret over exactly these bytes")]
    NoMatch,
}

impl Secret {
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(BadSecret::NoPrefix)?;
        let bytes = FORGIVING.decode(encoded).map_err(|_| BadSecret::NotBase64)?;
        if bytes.len() < SECRET_BYTES_MIN { Err(BadSecret::TooShort) } else { Ok(Self(bytes)) }
    }

    /// Secrets separated by spaces, as the settings hold them.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, BadSecret> {
        text.split_whitespace().map(Self::parse).collect()
    }

    fn mac(&self, id: &str, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?; // any length of key is fine
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        Some(mac)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The value of `webhook-signature` for a request made at `at`.
pub fn sign(secret: &Secret, id: &str, at: Timestamp, body: &[u8]) -> String {
    let mac = secret.mac(id, at.as_second(), body);
    let code = mac.map(|mac| STANDARD.encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("v1,{code}")
}

/// Whether these bytes were signed with one of the active secrets, about now.
pub fn verify(secrets: &[Secret], headers: Headers<'_>, body: &[u8], now: Timestamp) -> Result<(), Rejected> {
    let seconds: i64 = headers.timestamp.parse().map_err(|_| Rejected::BadTimestamp)?;
    let age = now.as_second().saturating_sub(seconds);
    if age > TOLERANCE_SECONDS {
        return Err(Rejected::TooOld);
    }
    if age < -TOLERANCE_SECONDS {
        return Err(Rejected::TooNew);
    }
    let given = headers.signature.split_whitespace().filter_map(|part| part.strip_prefix("v1,"));
    let given: Vec<Vec<u8>> = given.filter_map(|code| STANDARD.decode(code).ok()).take(10).collect();
    let believed = secrets.iter().any(|secret| {
        let mac = secret.mac(headers.id, seconds, body);
        mac.is_some_and(|mac| given.iter().any(|code| mac.clone().verify_slice(code).is_ok()))
    });
    if believed { Ok(()) } else { Err(Rejected::NoMatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The published example of the Standard Webhooks libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SECONDS: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const OTHER: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn check(secrets: &str, signature: &str, timestamp: &str, body: &[u8], now: i64) -> Result<(), Rejected> {
        let headers = Headers { id: ID, timestamp, signature };
        verify(&Secret::parse_all(secrets).unwrap(), headers, body, at(now))
    }

    #[test]
    fn the_published_vector_is_signed_and_believed() {
        assert_eq!(sign(&Secret::parse(SECRET).unwrap(), ID, at(SECONDS), BODY), SIGNATURE);
        assert_eq!(check(SECRET, SIGNATURE, "1614265330", BODY, SECONDS), Ok(()));
    }

    #[test]
    fn any_active_secret_and_any_given_signature_will_do() {
        let several = format!("v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v1a,xyz v2,abc {SIGNATURE}");
        assert_eq!(check(&format!("{OTHER} {SECRET}"), &several, "1614265330", BODY, SECONDS), Ok(()));
    }

    #[test]
    fn what_does_not_match_is_rejected() {
        let cases = [
            (OTHER, SIGNATURE, "1614265330", BODY, SECONDS, Rejected::NoMatch),
            ("", SIGNATURE, "1614265330", BODY, SECONDS, Rejected::NoMatch),
            (SECRET, SIGNATURE, "1614265330", br#"{"test": 2432232315}"#, SECONDS, Rejected::NoMatch),
            (SECRET, SIGNATURE, "1614265331", BODY, SECONDS, Rejected::NoMatch),
            (SECRET, &SIGNATURE[3..], "1614265330", BODY, SECONDS, Rejected::NoMatch),
            (SECRET, "v1,", "1614265330", BODY, SECONDS, Rejected::NoMatch),
            (SECRET, "", "1614265330", BODY, SECONDS, Rejected::NoMatch),
            (SECRET, SIGNATURE, "soon", BODY, SECONDS, Rejected::BadTimestamp),
            (SECRET, SIGNATURE, "1614265330", BODY, SECONDS + 301, Rejected::TooOld),
            (SECRET, SIGNATURE, "1614265330", BODY, SECONDS - 301, Rejected::TooNew),
            (SECRET, SIGNATURE, "-9223372036854775808", BODY, SECONDS, Rejected::TooOld),
        ];
        for (secrets, signature, timestamp, body, now, expected) in cases {
            assert_eq!(check(secrets, signature, timestamp, body, now), Err(expected), "{timestamp} {signature}");
        }
        assert_eq!(check(SECRET, SIGNATURE, "1614265330", BODY, SECONDS + 300), Ok(()));
    }

    #[test]
    fn a_wrong_secret_is_named_without_being_told() {
        for (text, expected) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadSecret::NoPrefix),
            ("whsec_not base64!", BadSecret::NotBase64),
            ("whsec_AAAA", BadSecret::TooShort),
        ] {
            assert_eq!(Secret::parse(text).err(), Some(expected), "{text}");
        }
        assert_eq!(format!("{:?}", Secret::parse(SECRET)), "Ok(Secret(..))");
    }
}
