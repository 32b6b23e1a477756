//! What is remembered of each request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use serde_json::Value as Json;
use tollgate_engine::deliver::{Role, Sample, Value};

use super::upstream::Backend;
use super::{BoxError, Shared};

/// Longer answers are not looked into for a prediction.
const LOOKED_INTO: usize = 64 * 1024;

/// A place in a JSON document: `$.a.b[0]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath(Vec<String>);

impl JsonPath {
    /// The place that a text names.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim_start_matches('$');
        let parts = text.split(['.', '[', ']']).filter(|part| !part.is_empty());
        Self(parts.map(str::to_owned).collect())
    }

    /// What is there.
    #[must_use]
    pub fn find<'j>(&self, json: &'j Json) -> Option<&'j Json> {
        self.0.iter().try_fold(json, |json, part| match json {
            Json::Object(map) => map.get(part),
            Json::Array(list) => list.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The prediction that an answer has there.
    #[must_use]
    pub fn value(&self, answer: &[u8]) -> Option<Value> {
        let json: Json = serde_json::from_slice(answer).ok()?;
        match self.find(&json)? {
            Json::Number(number) => number.as_f64().map(Value::Score),
            Json::String(text) => Some(Value::Label(text.clone())),
            Json::Bool(is) => Some(Value::Label(is.to_string())),
            _ => None,
        }
    }
}

/// An answer on its way to the client: when it has ended, it is remembered, and its connection may
/// carry the next.
pub(super) struct Recorded<B> {
    inner: B,
    entry: Option<Entry>,
}

/// What is known of it before it ends.
pub(super) struct Entry {
    pub(super) shared: Arc<Shared>,
    pub(super) backend: Arc<Backend>,
    pub(super) sender: Option<super::upstream::Sender>,
    pub(super) began: Instant,
    pub(super) role: Role,
    pub(super) weight: u8,
    pub(super) status: u16,
    pub(super) path: Option<Arc<JsonPath>>,
    pub(super) seen: Vec<u8>,
    /// Who waits to compare predictions.
    pub(super) twin: Option<tokio::sync::oneshot::Sender<Option<Value>>>,
}

impl Entry {
    fn end(mut self) {
        if let Some(sender) = self.sender.take() {
            self.backend.keep(sender);
        }
        let prediction = self.path.as_ref().and_then(|path| path.value(&self.seen));
        if let Some(twin) = self.twin.take() {
            let _ = twin.send(prediction.clone());
        }
        let micros = self.began.elapsed().as_micros();
        self.shared.note(Sample {
            at: self.shared.now(),
            role: self.role,
            weight: self.weight,
            micros: u32::try_from(micros).unwrap_or(u32::MAX),
            status: self.status,
            prediction,
            disagrees: None,
        });
    }
}

impl<B> Recorded<B> {
    pub(super) fn new(inner: B, entry: Entry) -> Self {
        Self { inner, entry: Some(entry) }
    }
}

impl<B> Body for Recorded<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(entry), Some(data)) = (&mut self.entry, frame.data_ref())
                    && entry.path.is_some()
                    && entry.seen.len() + data.len() <= LOOKED_INTO
                {
                    entry.seen.extend_from_slice(data);
                }
                // The last frame is told by itself where the length was known.
                if self.inner.is_end_stream()
                    && let Some(entry) = self.entry.take()
                {
                    entry.end();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                // An answer that breaks off is an error, and its connection is of no more use.
                if let Some(mut entry) = self.entry.take() {
                    entry.sender = None;
                    entry.status = 599;
                    entry.end();
                }
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                if let Some(entry) = self.entry.take() {
                    entry.end();
                }
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.entry.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prediction_is_found_by_its_path() {
        let path = |text: &str| JsonPath::of(text);
        let answer = br#"{"probability": 0.25, "label": "stays", "all": [{"p": 1}], "is": true}"#;
        assert_eq!(path("$.probability").value(answer), Some(Value::Score(0.25)));
        assert_eq!(path("$.label").value(answer), Some(Value::Label("stays".into())));
        assert_eq!(path("$.is").value(answer), Some(Value::Label("true".into())));
        assert_eq!(path("$.all[0].p").value(answer), Some(Value::Score(1.0)));
        assert_eq!(path("$.all[1].p").value(answer), None);
        assert_eq!(path("$.none").value(answer), None);
        assert_eq!(path("$.probability").value(b"no json"), None);
    }
}
