//! The `catalogue!` macro.

/// Declares metrics as `static`s, and the catalogue that lists them.
///
/// The doc comment of a metric is its help text, the names in parentheses are its labels, the
/// numbers in brackets are the upper bounds of a histogram's buckets. The compiler refuses a name
/// that breaks the [naming rules](crate::metrics#names), a counter without `_total`, bounds that do
/// not increase, a label that stands twice, and a call with the wrong number of label values.
///
/// ```
/// obs_core::catalogue! {
///     /// What the shop sells.
///     pub static SHOP;
///
///     /// Orders placed, by payment method.
///     ORDERS: Counter = "shop_orders_total" (payment_method);
///
///     /// Time to have an order confirmed by the bank.
///     PAYMENT_DURATION: Histogram = "shop_payment_duration_seconds" () [0.1, 0.25, 1.0, 5.0];
/// }
///
/// ORDERS.with(["card"]).increment(1);
/// PAYMENT_DURATION.with([]).record(0.3);
///
/// assert_eq!(SHOP[0].help_line(), "Orders placed, by payment method.");
/// // An objective's threshold that is no bucket bound would not compile.
/// const FAST: f64 = PAYMENT_DURATION.bound(0.25);
/// # assert_eq!(FAST, 0.25);
/// ```
///
/// One label value too few:
///
/// ```compile_fail,E0308
/// # obs_core::catalogue! {
/// #     /// Catalogue.
/// #     static SHOP;
/// #     /// Orders placed.
/// #     ORDERS: Counter = "shop_orders_total" (payment_method);
/// # }
/// ORDERS.with([]).increment(1);
/// ```
#[macro_export]
macro_rules! catalogue {
    (
        $(#[$meta:meta])* $vis:vis static $catalogue:ident;
        $(
            $(#[doc = $help:expr])*
            $metric:ident: $kind:ident = $name:literal
                ( $($label:tt),* $(,)? ) $([ $($bound:expr),* $(,)? ])?;
        )*
    ) => {
        $(
            $(#[doc = $help])*
            $vis static $metric: $crate::metrics::$kind<
                { <[&str]>::len(&[$(stringify!($label)),*]) }
            > = $crate::metrics::$kind::new(
                $name,
                concat!($($help,)*),
                &[$(stringify!($label)),*],
                &[$($($bound),*)?],
            );
        )*

        $(#[$meta])*
        $vis static $catalogue: &[&$crate::metrics::Desc] = &[$($metric.desc()),*];
    };
}
