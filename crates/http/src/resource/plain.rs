//! Kinds of objects that one permission is about as a whole, and that `control` looks after in one way.

use super::{Added, Names, NoOptions, Resource};
use crate::{caller::Caller, error::Result, permission::Permission};
use control::{Change, Control, Expected, Managed, Page, Version};
use utoipa::ToSchema;

/// A kind of object that [`Control::change`] and its like look after.
pub trait Plain: Managed + ToSchema {
    const NAMES: Names;
    /// What every call takes.
    type Takes: Permission;

    fn example() -> serde_json::Value;

    /// Adds what is known only while it is counted.
    fn count(&mut self, _control: &Control) {}

    /// Deletes it, with whatever goes with it.
    fn delete(control: &Control, name: &str, expected: Expected) -> impl Future<Output = Result<()>> + Send {
        async move {
            control.remove::<Self>(name, expected).await?;
            Ok(())
        }
    }

    /// Without the means to decrypt secrets.
    #[must_use]
    fn redacted(self) -> Self {
        self
    }
}

impl<T: Plain> Resource for T {
    const NAMES: Names = <T as Plain>::NAMES;

    type View = Caller<T::Takes>;
    type Add = Caller<T::Takes>;
    type Edit = Caller<T::Takes>;
    type Delete = Caller<T::Takes>;
    type Options = NoOptions;
    type Made = Self;

    fn example() -> serde_json::Value {
        <T as Plain>::example()
    }

    async fn page(caller: &Self::View, page: Page) -> Result<Vec<Self>> {
        let mut objects: Vec<Self> = caller.control().objects_for(caller.admin(), page).await?;
        objects.iter_mut().for_each(|object| object.count(caller.control()));
        Ok(objects)
    }

    async fn find(caller: &Self::View, name: &str) -> Result<Self> {
        let mut object: Self = caller.control().object_for(caller.admin(), name).await?;
        object.count(caller.control());
        Ok(object)
    }

    async fn is_there(caller: &Self::Edit, name: &str) -> Result<()> {
        caller.control().object::<Self>(name).await?;
        Ok(())
    }

    async fn add(caller: &Self::Add, sent: Self, whole: bool) -> Result<Added<Self>> {
        let made = caller.control().add(sent).await?;
        let name = made.key().to_owned();
        Ok(Added::shown(made, &name, whole))
    }

    async fn change(
        caller: &Self::Edit,
        name: &str,
        change: Change<Self>,
        expected: Expected,
        _: NoOptions,
    ) -> Result<Version> {
        Ok(caller.control().change(name, change, expected).await?.version())
    }

    async fn remove(caller: &Self::Delete, name: &str, expected: Expected) -> Result<()> {
        T::delete(caller.control(), name, expected).await
    }

    fn redacted(self) -> Self {
        <T as Plain>::redacted(self)
    }
}
