package main

import (
	"context"
	"errors"
)

var errLater = errors.New("not written yet")

func postLite(context.Context, *bench) (series, error) { return series{}, errLater }
func listLite(context.Context, *bench) (series, error) { return series{}, errLater }
func start(context.Context, *bench) (series, error)    { return series{}, errLater }
func idle(context.Context, *bench) (series, error)     { return series{}, errLater }
func loaded(context.Context, *bench) (series, error)   { return series{}, errLater }
