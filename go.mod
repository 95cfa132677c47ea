module earmark

go 1.26.0
