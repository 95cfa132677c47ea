package rubric

import (
	"fmt"
	"testing"
)

// Whatever the points, shown percentages add up to 100 and differ from the exact ones by
// less than one.
func TestPercentsAddUpToAHundred(t *testing.T) {
	t.Parallel()
	for n := int64(1); n <= 40; n++ {
		r := Rubric{}
		for i := range n {
			p := 1 + (i*7+n*3)%11
			r.Criteria = append(r.Criteria, Criterion{Code: fmt.Sprint("C", i), Points: p})
			r.Points += p
		}
		tree, faults := Build(r)
		if faults != nil {
			t.Fatal(faults)
		}
		sum := int64(0)
		for i, s := range tree.Percents() {
			sum += s.Shown
			if d := s.Shown*r.Points - r.Criteria[i].Points*100; d <= -r.Points || d >= r.Points {
				t.Errorf("%s of %d criteria: %d shown for %s", s.Code, n, s.Shown, s.Exact)
			}
		}
		if sum != 100 {
			t.Errorf("%d criteria: shown percentages add up to %d", n, sum)
		}
	}
}

// Equal parts leave no score without a band, and a better score is never in a lower band.
func TestBandsRiseWithTheScore(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"low", "high"}, {"low", "medium", "high"}, {"1", "2", "3", "4"}, {"1", "2", "3", "4", "5"}} {
		b := Bands{Names: names, Others: "equal_parts"}
		for maximum := int64(len(names)); maximum <= 60; maximum++ {
			last, seen := 0, map[string]bool{}
			for score := int64(0); score <= maximum; score++ {
				band := b.Of(maximum, score)
				at := 0
				for at < len(names) && names[at] != band {
					at++
				}
				if at == len(names) || at < last {
					t.Fatalf("%d of %d is %q", score, maximum, band)
				}
				last, seen[band] = at, true
			}
			if len(seen) != len(names) {
				t.Errorf("of %d, only the bands %v can be reached", maximum, seen)
			}
		}
	}
}

// Sums count priorities once for each sheet, as they count criteria; means do not.
func TestSumAndMeanKeepTheSameScale(t *testing.T) {
	t.Parallel()
	r := Rubric{Points: 12, Reviewers: 3, Criteria: []Criterion{{Code: "A", Points: 10}}, Priorities: []Priority{{Code: "P", Kind: Competitive, Points: 2}}}
	five := int64(5)
	for combine, want := range map[string]string{"mean": "7", "sum": "21"} {
		r.Combine = combine
		tree, faults := Build(r)
		if faults != nil {
			t.Fatal(faults)
		}
		m, wrong := tree.Read(Sheet{Scores: []Score{{Criterion: "A", Points: &five}}, Votes: []Vote{{Priority: "P", Met: true}}}, nil)
		if wrong != nil {
			t.Fatal(wrong)
		}
		if got := tree.Panel("x", []Marks{m, m, m}); got.Exact != want || !got.Complete {
			t.Errorf("%s: %s, complete %v", combine, got.Exact, got.Complete)
		}
		if got := tree.Panel("x", []Marks{m, m}); got.Complete {
			t.Error("two sheets of three are complete")
		}
	}
}

func TestASheetIsReadStrictly(t *testing.T) {
	t.Parallel()
	tree, faults := Build(Rubric{Points: 20, Criteria: []Criterion{{Code: "A", Points: 20, Criteria: []Criterion{{Code: "A1"}, {Code: "A2"}}}}, Priorities: nil})
	if faults != nil {
		t.Fatal(faults)
	}
	n := int64(3)
	_, wrong := tree.Read(Sheet{
		Scores: []Score{{Criterion: "A", Points: &n}, {Criterion: "A1", Points: &n}, {Criterion: "A1", Points: &n}, {Criterion: "A2"}},
		Votes:  []Vote{{Priority: "P9"}},
	}, nil)
	var got []string
	for _, w := range wrong {
		got = append(got, w.Pointer+" "+w.Code)
	}
	want := []string{"/scores/0/criterion score.unknown_criterion", "/scores/2/criterion score.twice", "/scores/3/points score.out_of_range", "/votes/0/priority vote.unknown_priority"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v", got)
	}
}
