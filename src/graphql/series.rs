//! Series.

super::named::named_type! {
    /// A run of entries in an order, such as a weekly column. Public from the moment it is saved.
    type Series = series, id SeriesId, table series;
    label title = "Title, at most 120 characters.";
    text description = "What the series is about, plain text, at most 4,000 characters.";
    entries EntryOrder::SeriesPositionAsc, "Live entries of the series in its order.";
    query SeriesQuery { series = "The series with this slug.", series_list = "All series by title." }
    mutation SeriesMutation {
        save_series(SaveSeriesInput) -> SaveSeriesPayload { series }
            = "Saves a series. It is public at once. Needs `content:write`."
    }
    filter series;
}
