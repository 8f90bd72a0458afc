//! The SDK's way to a store elsewhere, on which no answer is longer than the program has use for. The SDK takes every answer
//! but an object's bytes into memory before it reads it, however long it is.

use std::fmt;

use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// Bytes of a list, an error or another answer in XML. A list of 1,000 keys of 1,024 bytes has 3 MB where most of them are
/// escaped.
const LONGEST: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Bounded(SharedHttpClient);

impl Bounded {
    pub(super) fn new() -> Self {
        let tls = Provider::Rustls(CryptoMode::AwsLc);
        Self(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https())
    }
}

impl HttpClient for Bounded {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

struct Connector(SharedHttpConnector);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_object = is_object(&request);
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer: HttpResponse = answer.await?;
            // The bytes of an object stream, and `ObjectBody` counts them.
            if is_object && answer.status().is_success() {
                return Ok(answer);
            }
            Ok(answer.map(|body| SdkBody::from_body_1_x(Limited::new(body, LONGEST))))
        })
    }
}

fn is_object(request: &HttpRequest) -> bool {
    let query = request.uri().split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair == "x-id=GetObject")
}
