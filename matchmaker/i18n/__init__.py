"""The reader's language: choice of locale, labels, error sentences, names, dates and amounts."""
