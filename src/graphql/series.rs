//! Series.

super::named::named_type! {
    /// An ordered series of entries, such as a weekly column. A series is public as soon as it is saved.
    type Series = series, id SeriesId, table series;
    label title = "The title, at most 120 characters.";
    text description = "A description of the series in plain text, at most 4,000 characters.";
    entries EntryOrder::SeriesPositionAsc, "The live entries of the series, in the order of the series.";
    query SeriesQuery { series = "Returns the series with this slug.", series_list = "All series by title." }
    mutation SeriesMutation {
        save_series(SaveSeriesInput) -> SaveSeriesPayload { series }
            = "Creates or changes a series. The change is public at once. Requires the scope `content:write`."
    }
    filter series;
}
