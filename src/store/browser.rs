//! Requests that were signed for browsers, sent as a browser sends them: with the headers that it was told and no others.
//! For `doctor` alone; the program itself goes through the SDK's client.

use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::BodyExt as _;

use super::error::from_answer;
use super::in_process::InProcess;
use super::{Store, StoreError};

/// More is not read of an answer.
const LONGEST: usize = 64 * 1024;

impl Store {
    /// Sends the request; answers the body of what came back.
    pub(super) async fn as_browser(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Bytes, StoreError> {
        let uri: Uri = url.parse().map_err(|_| StoreError::internal("the URL is not one"))?;
        let host = uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        let connector = self.connector(host.ok_or_else(|| StoreError::internal("the URL has no host"))?)?;
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request =
            request.body(SdkBody::from(body)).ok().and_then(|request| HttpRequest::try_from(request).ok());
        let request = request.ok_or_else(|| StoreError::internal("the request was not sendable"))?;
        let answered = self.in_time(Box::pin(async {
            let answer = connector.call(request).await.map_err(|error| {
                if error.is_timeout() { StoreError::Timeout } else { StoreError::Unreachable }
            })?;
            let status = answer.status().as_u16();
            let body = http_body_util::Limited::new(answer.into_body(), LONGEST).collect().await;
            Ok((status, body.map_err(|_| StoreError::internal("the answer broke off"))?.to_bytes()))
        }));
        match answered.await? {
            (200..=299, body) => Ok(body),
            (status, body) => Err(from_answer(status, code(&String::from_utf8_lossy(&body)))),
        }
    }

    /// The same way as the program's own requests: in process, where the program is the store.
    fn connector(&self, host: HeaderValue) -> Result<SharedHttpConnector, StoreError> {
        if let Some(service) = self.embedded() {
            return Ok(SharedHttpConnector::new(InProcess::new(service.clone(), host)));
        }
        let limits = self.limits();
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(limits.connect)
            .read_timeout(limits.answer)
            .build();
        let connector = aws_smithy_http_client::default_connector(&settings, None);
        connector.ok_or_else(|| StoreError::internal("there is nothing to send with"))
    }
}

/// What S3 calls the error.
fn code(body: &str) -> &str {
    body.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next()).unwrap_or_default()
}
