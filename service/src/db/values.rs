//! What may go into a query and come out of it, on both engines.

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Arguments, Decode, Encode, FromRow, Type, error::BoxDynError};

/// A struct or tuple that both engines' rows can fill. Derive it with `#[derive(FromRow)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row of both SQLite and PostgreSQL",
    note = "derive `sqlx::FromRow`, or read a tuple such as `(i64, String)`; every field must be a `Column`"
)]
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A single value that both engines can read.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a column type of both SQLite and PostgreSQL")]
pub trait Column:
    Type<Sqlite> + for<'r> Decode<'r, Sqlite> + Type<Postgres> + for<'r> Decode<'r, Postgres> + Send + Unpin
{
}
impl<T> Column for T where
    T: Type<Sqlite> + for<'r> Decode<'r, Sqlite> + Type<Postgres> + for<'r> Decode<'r, Postgres> + Send + Unpin
{
}

/// A single value that both engines can write.
///
/// The lifetime is a parameter, not `for<'q>`: `Option<&str>` is `Encode<'q>` only for its own `'q`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query parameter",
    note = "integers are always `i64` (write `1i64`), times are `i64` milliseconds; a newtype joins with `impl Portable`"
)]
pub trait Value<'q>:
    Portable + Type<Sqlite> + Encode<'q, Sqlite> + Type<Postgres> + Encode<'q, Postgres> + Send
{
}
impl<'q, T> Value<'q> for T where
    T: Portable + Type<Sqlite> + Encode<'q, Sqlite> + Type<Postgres> + Encode<'q, Postgres> + Send
{
}

/// The types the schema has columns for. `i32` is left out on purpose: sqlx caches statements by text, so an `i32`
/// sent to a statement first prepared with `i64` fails on PostgreSQL, and only there.
pub trait Portable {}
impl Portable for i64 {}
impl Portable for f64 {}
impl Portable for bool {}
impl Portable for str {}
impl Portable for String {}
impl Portable for [u8] {}
impl<const N: usize> Portable for [u8; N] {}
impl Portable for Vec<u8> {}
impl Portable for uuid::Uuid {}
impl<T: ?Sized> Portable for sqlx::types::Json<T> {}
impl<T: Portable> Portable for Option<T> {}
impl<T: Portable + ?Sized> Portable for &T {}

/// The parameters `$1 … $n` of one query: a tuple of up to sixteen [`Value`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of query parameters",
    note = "one parameter is written `(x,)`, none `()`; every element must be a `Value`"
)]
pub trait Params: Send {
    const COUNT: usize;
    fn sqlite(self, to: &mut SqliteArguments) -> Result<(), BoxDynError>;
    fn postgres(self, to: &mut PgArguments) -> Result<(), BoxDynError>;
}

impl Params for () {
    const COUNT: usize = 0;
    fn sqlite(self, _: &mut SqliteArguments) -> Result<(), BoxDynError> {
        Ok(())
    }
    fn postgres(self, _: &mut PgArguments) -> Result<(), BoxDynError> {
        Ok(())
    }
}

macro_rules! params {
    ($($T:ident $x:ident),+) => {
        impl<'q, $($T: Value<'q>),+> Params for ($($T,)+) {
            const COUNT: usize = [$(stringify!($T)),+].len();
            fn sqlite(self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
                let ($($x,)+) = self;
                $(to.add($x)?;)+
                Ok(())
            }
            fn postgres(self, to: &mut PgArguments) -> Result<(), BoxDynError> {
                let ($($x,)+) = self;
                $(Arguments::add(to, $x)?;)+
                Ok(())
            }
        }
    };
}
params!(A a);
params!(A a, B b);
params!(A a, B b, C c);
params!(A a, B b, C c, D d);
params!(A a, B b, C c, D d, E e);
params!(A a, B b, C c, D d, E e, F f);
params!(A a, B b, C c, D d, E e, F f, G g);
params!(A a, B b, C c, D d, E e, F f, G g, H h);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o);
params!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p);

/// Two lists of parameters one after the other, for rows of more than sixteen columns.
pub struct Both<A, B>(pub A, pub B);

impl<A: Params, B: Params> Params for Both<A, B> {
    const COUNT: usize = A::COUNT + B::COUNT;
    fn sqlite(self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        self.0.sqlite(to)?;
        self.1.sqlite(to)
    }
    fn postgres(self, to: &mut PgArguments) -> Result<(), BoxDynError> {
        self.0.postgres(to)?;
        self.1.postgres(to)
    }
}
