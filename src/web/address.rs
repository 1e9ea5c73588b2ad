//! Paths and queries, cleaned before a route is chosen by them: no endpoint can forget it. What cannot be cleaned is found
//! nowhere (reads) or refused (all else).

use std::borrow::Cow;

use axum::{
    extract::Request,
    http::{Method, Uri, uri::PathAndQuery},
};
use form_urlencoded::Serializer;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{
    intake::problem::Problem,
    values::text::{self, Nul},
};

/// Characters that a cleaned part of a path keeps; all others are escaped.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b'@');

/// What is wrong with a path, a query or a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error(transparent)]
    Nul(#[from] Nul),
    #[error("is not UTF-8")]
    NotUtf8,
}

/// Removes invisible characters from a request's path and query.
pub fn clean(request: &mut Request) -> Result<(), Problem> {
    match cleaned_uri(request.uri()) {
        Ok(None) => {}
        Ok(Some(uri)) => *request.uri_mut() = uri,
        Err(unfit) => return Err(refused(request.method(), unfit)),
    }
    Ok(())
}

fn refused(method: &Method, unfit: Unfit) -> Problem {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Problem::not_found(format!("such path: it {unfit}"));
    }
    Problem::invalid_field("", format!("the path or query {unfit}"))
}

/// The address without invisible characters; nothing when it has none.
fn cleaned_uri(uri: &Uri) -> Result<Option<Uri>, Unfit> {
    let Some(given) = uri.path_and_query().map(PathAndQuery::as_str) else { return Ok(None) };
    if given.is_ascii() && !given.contains('%') {
        return Ok(None);
    }
    let (path, query) = given.split_once('?').map_or((given, None), |(path, query)| (path, Some(query)));
    let path = path.split('/').map(cleaned_segment).collect::<Result<Vec<_>, _>>()?.join("/");
    let query = query.map(cleaned_query).transpose()?.map(|query| format!("?{query}")).unwrap_or_default();
    let wanted = format!("{path}{query}");
    Ok((wanted != given).then(|| wanted.parse().ok()).flatten())
}

fn cleaned_segment(segment: &str) -> Result<Cow<'_, str>, Unfit> {
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| Unfit::NotUtf8)?;
    Ok(match text::clean(&decoded)? {
        Cow::Borrowed(_) => Cow::Borrowed(segment),
        Cow::Owned(seen) => utf8_percent_encode(&seen, PATH).to_string().into(),
    })
}

/// A query or a form without invisible characters.
pub fn cleaned_query(query: &str) -> Result<Cow<'_, str>, Unfit> {
    let bytes: Vec<u8> = percent_decode_str(query).collect();
    let decoded = std::str::from_utf8(&bytes).map_err(|_| Unfit::NotUtf8)?;
    if text::is_clean(decoded) {
        return Ok(Cow::Borrowed(query));
    }
    let mut seen = Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        seen.append_pair(&text::clean(&name)?, &text::clean(&value)?);
    }
    Ok(seen.finish().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<Option<String>, Unfit> {
        Ok(cleaned_uri(&text.parse().unwrap())?.map(|uri| uri.to_string()))
    }

    #[test]
    fn an_address_is_cleaned_and_else_left_as_it_is() {
        let left = ["/v1/orders/1001", "/v1/orders/a%2Fb%20c?limit=5&cursor=%C3%B5", "/", "/v1/orders/%C3%B5"];
        assert!(left.iter().all(|text| address(text) == Ok(None)));
        for (given, wanted) in [
            ("/v1/orders/a%2F%E2%80%8Bb?x=1", "/v1/orders/a%2Fb?x=1"),
            ("/v1/members/email:a%E2%80%8D@b.ee", "/v1/members/email:a@b.ee"),
            ("/v1/orders?cursor=%EF%BB%BFa+b&limit=5", "/v1/orders?cursor=a+b&limit=5"),
        ] {
            assert_eq!(address(given), Ok(Some(wanted.to_owned())), "{given}");
        }
        for wrong in ["/v1/orders/p%00", "/v1/orders?cursor=%00"] {
            assert_eq!(address(wrong), Err(Unfit::Nul(Nul)), "{wrong}");
        }
        assert_eq!(address("/v1/orders/%FF"), Err(Unfit::NotUtf8));
    }
}
