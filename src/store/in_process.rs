//! The SDK's way to the embedded service: a call instead of a socket. Bodies stream both ways, signatures are
//! made and checked as over HTTP, so that there is one code path.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::HeaderValue;
use http::header::HOST;
use s3s::Body;
use s3s::service::S3Service;

#[derive(Clone)]
pub(super) struct InProcess {
    service: S3Service,
    /// What the requests are signed for: the host of the base URL.
    host: HeaderValue,
}

impl InProcess {
    pub(super) fn new(service: S3Service, host: HeaderValue) -> Self {
        Self { service, host }
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(Box::new(error)))?;
        let mut request = request.map(Body::http_body_unsync);
        request.headers_mut().insert(HOST, self.host);
        let failed = |error: s3s::HttpError| ConnectorError::other(error_of(error), None);
        let response = self.service.call(request).await.map_err(failed)?;
        let response = response.map(SdkBody::from_body_1_x);
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(Box::new(error), None))
    }
}

fn error_of(error: s3s::HttpError) -> s3s::StdError {
    error.into()
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}
