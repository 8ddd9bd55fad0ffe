"""From the last snapshot to a version that people can use: report, card, exports, differences.

facts       the typed data that everything here describes
report      one self-contained HTML page, `render(data)`
card        README.md for a dataset hub, `card(data)`
export      rows in the formats trainers read, `export(rows, format, out)`
diff        what changed between two versions, `diff(older, newer)`
"""
