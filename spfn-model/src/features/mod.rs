//! What a table shows: numbers of every column and of every pair of the outcome and a column, from all rows.
