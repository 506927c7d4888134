package feed

import (
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func TestNoticeOfAStateThatHasPassed(t *testing.T) {
	t.Parallel()
	n, err := parseNotice(`{"id":"` + idText + `","user_id":"` + userText + `","version":3,"op":"UPDATE","status":"processing","old_status":"pending"}`)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	row := job.Job{ID: n.ID, UserID: n.UserID, Version: 4, Status: job.Completed, ModelUsed: "theta", OutputPath: "o.json", StartedAt: &now, FinishedAt: &now}
	e, ok := n.event(present{Job: row, row: ImageOf(&row)}, true)
	if !ok {
		t.Fatal("a change of status is left out")
	}
	if e.Job.Status != job.Processing || e.OldStatus != job.Pending || e.Job.Version != 3 ||
		e.Job.ModelUsed != "" || e.Job.FinishedAt != nil || e.Job.StartedAt == nil {
		t.Errorf("the state before the present one came out as %+v", e)
	}
	for column, want := range map[string]string{"status": "processing", "version": "3", "model_used": ""} {
		if text, _ := e.Row.Get(column); text != want {
			t.Errorf("its image has %s = %q, want %q", column, text, want)
		}
	}
}

func TestNoticesThatAreNotTold(t *testing.T) {
	t.Parallel()
	id, _ := job.ParseID(idText)
	user, _ := job.ParseUserID(userText)
	other, _ := job.ParseUserID(idText)
	row := job.Job{ID: id, UserID: user, Version: 5, Status: job.Pending}
	for name, test := range map[string]struct {
		notice  notice
		present bool
	}{
		"a row that is gone again":          {notice{ID: id, UserID: user, Version: 5, Op: Update}, false},
		"a forged delete":                   {notice{ID: id, UserID: user, Op: Delete}, true},
		"a forged owner":                    {notice{ID: id, UserID: other, Version: 5, Op: Update}, true},
		"a version that was never reached":  {notice{ID: id, UserID: user, Version: 9, Op: Update}, true},
		"an old version of unknown content": {notice{ID: id, UserID: user, Version: 4, Op: Update}, true},
	} {
		if e, ok := test.notice.event(present{Job: row, row: ImageOf(&row)}, test.present); ok {
			t.Errorf("%s is told as %+v", name, e)
		}
	}
}

func TestPayloadsThatAreUnderstood(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]Op{
		`{"op":"MANY","count":250}`: many,
		`{"op":"UPDATE","id":"` + idText + `","user_id":"` + userText + `","version":2}`: Update,
		`{"op":"UPDATE","count":250}`: "",
		`{"op":"TRUNCATE"}`:           "",
		`many`:                        "",
	} {
		n, err := parseNotice(payload)
		if (err == nil) != (want != "") || err == nil && n.Op != want {
			t.Errorf("%s is read as %+v, %v; want %q", payload, n, err, want)
		}
	}
}
