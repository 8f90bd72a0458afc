//! The mutations of one operation: one after the other, and none after one that was refused or failed.
//!
//! A client that writes two mutations into one operation means the second to follow from the first, such as publishing
//! what it saves. It wraps the root of all mutations, so none can be left out.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
};

use super::error::{Error, NOT_RUN};

/// How far an operation with mutations has come. A part of the request's data.
#[derive(Default)]
pub struct Progress {
    /// Whether a mutation was begun.
    begun: AtomicBool,
    /// Whether one was refused or failed.
    stopped: AtomicBool,
    /// The keys of those that were committed.
    done: Mutex<Vec<String>>,
}

impl Progress {
    /// Says that a mutation begins a transaction. One that has several has done nothing until the last is committed.
    pub fn begins(&self, context: &Context<'_>) {
        let key = context.item.node.response_key().node.as_str();
        self.done.lock().unwrap_or_else(PoisonError::into_inner).retain(|done| done != key);
    }

    /// Says that what this mutation does is committed. What fails from here on is the reading of its result.
    pub fn did(&self, context: &Context<'_>) {
        let key = context.item.node.response_key().node.to_string();
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    /// Whether the mutation with this key was committed.
    pub fn has_done(&self, key: &str) -> bool {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|done| done == key)
    }

    /// Says that a mutation was refused: those after it are not run.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// The root of all mutations, each of which answers null where it failed.
pub struct InOrder<T>(pub T);

impl<T: ObjectType> ContainerType for InOrder<T> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        let progress = context.data_unchecked::<Arc<Progress>>();
        if progress.stopped.load(Ordering::Relaxed) {
            let message = "this was not run, because a mutation before it was refused or failed";
            let mut error = Error::new(NOT_RUN, message).into_server_error();
            error.locations = vec![context.item.pos];
            context.add_error(context.set_error_path(error));
            return Ok(Some(Value::Null));
        }
        let is_first = !progress.begun.swap(true, Ordering::Relaxed);
        match Box::pin(self.0.resolve_field(context)).await {
            Ok(Some(Value::Null)) => {
                progress.stop();
                Ok(Some(Value::Null))
            }
            // An argument that does not fit. What was done before stays readable.
            Err(error) if !is_first => {
                progress.stop();
                context.add_error(error);
                Ok(Some(Value::Null))
            }
            answered => answered,
        }
    }
}

impl<T: ObjectType> OutputType for InOrder<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.resolve(context, field).await
    }
}

impl<T: ObjectType> ObjectType for InOrder<T> {}
