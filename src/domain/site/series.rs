//! Series: runs of entries in an order, such as a weekly column. Public from the moment they are saved.

super::named::named! {
    table: series,
    id: SeriesId,
    noun: "series",
    action: "saveSeries",
    subject: Series,
    label: title,
    text: description,
}
