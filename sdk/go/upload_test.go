package letmepost

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const content = "a picture\r\n--no boundary"

var (
	stored = answer{status: 201, body: `{"id": "med_1"}`}
	ferry  = UploadFile{Filename: `a "ferry".png`, ContentType: "image/png", ProfileID: "prof_1"}
)

// part reads the one part of a form.
func part(t *testing.T, sent asked) (name, contentType, body string) {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(sent.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	form := multipart.NewReader(strings.NewReader(sent.body), parameters["boundary"])
	only, err := form.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, only.FormName(), "file")
	read, err := io.ReadAll(only)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := form.NextPart(); err != io.EOF {
		t.Fatal("there is more than one part")
	}
	return only.FileName(), only.Header.Get("Content-Type"), string(read)
}

func TestAReaderIsSentAsOnePartCalledFile(t *testing.T) {
	pipe := func() io.Reader {
		reader, writer := io.Pipe()
		go func() {
			_, _ = io.WriteString(writer, content)
			writer.Close()
		}()
		return reader
	}
	for what, file := range map[string]io.Reader{
		"bytes": strings.NewReader(content), "a stream": pipe(),
	} {
		t.Run(what, func(t *testing.T) {
			server := serverThat(t, stored)
			media, err := server.client().Media.Upload(background, file, ferry)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, media.ID, "med_1")
			equal(t, server.asked[0].url, "/v1/media?profileId=prof_1")
			name, contentType, body := part(t, server.asked[0])
			equal(t, name, "a %22ferry%22.png")
			equal(t, contentType, "image/png")
			equal(t, body, content)
		})
	}
}

func TestAReaderThatCanGoBackIsSentAgainFromWhereItStood(t *testing.T) {
	server := serverThat(t, answer{cut: "before"}, temporary(500, "internal_error"), stored)
	file := strings.NewReader("skipped " + content)
	_, _ = file.Seek(int64(len("skipped ")), io.SeekStart)
	if _, err := server.client().Media.Upload(background, file, UploadFile{}); err != nil {
		t.Fatal(err)
	}
	equal(t, len(server.asked), 3)
	for _, each := range server.asked {
		_, _, body := part(t, each)
		equal(t, body, content)
		equal(t, each.header.Get("Idempotency-Key"), server.keys()[0])
	}
}

func TestAReaderThatCannotGoBackIsSentOnceOnly(t *testing.T) {
	server := serverThat(t, temporary(500, "internal_error"))
	file := io.MultiReader(strings.NewReader(content))
	_, err := server.client().Media.Upload(background, file, UploadFile{})
	var failure *InternalError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	equal(t, len(server.asked), 1)
}

func TestAnAnswerBeforeTheEndOfAFileDoesNotSpoilTheNextTry(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<19)
	tries := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tries++
		if tries < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		form, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		only, err := form.NextPart()
		if err != nil {
			t.Error(err)
			return
		}
		if read, err := io.ReadAll(only); err != nil || !bytes.Equal(read, large) {
			t.Errorf("%d bytes came: %v", len(read), err)
		}
		_, _ = io.WriteString(w, stored.body)
	}))
	defer server.Close()
	client := (&testServer{t: t, url: server.URL}).client()
	if _, err := client.Media.Upload(background, bytes.NewReader(large), UploadFile{}); err != nil {
		t.Fatal(err)
	}
	equal(t, tries, 3)
}

func TestAPathIsOpenedAndKeepsItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ferry.png")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	server := serverThat(t, stored)
	if _, err := server.client().Media.UploadPath(background, path, UploadFile{}); err != nil {
		t.Fatal(err)
	}
	name, contentType, body := part(t, server.asked[0])
	equal(t, name, "ferry.png")
	equal(t, contentType, "application/octet-stream")
	equal(t, body, content)
	if _, err := server.client().Media.UploadPath(background, path+"!", UploadFile{}); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

func TestADirectUploadBeginsSendsTheBytesWithoutTheKeyAndCompletes(t *testing.T) {
	server := serverThat(t, answer{}, answer{cut: "before"}, answer{}, stored)
	server.answers[0].body = `{"id": "up_1", "url": "` + server.url + `/storage?signature=a",
		"headers": {"X-Signed": "1"}}`
	media, err := server.client().Media.UploadDirect(
		background, bytes.NewReader([]byte(content)), UploadFile{Filename: "ferry.png"},
	)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, media.ID, "med_1")
	made := []string{}
	for _, each := range server.asked {
		made = append(made, each.method+" "+each.url)
	}
	equal(t, strings.Join(made, ", "), "POST /v1/media/uploads, PUT /storage?signature=a, "+
		"PUT /storage?signature=a, POST /v1/media/uploads/up_1/complete")
	equal(t, server.asked[0].body, `{"sizeBytes":24,"filename":"ferry.png"}`)
	equal(t, server.asked[2].body, content)
	equal(t, server.asked[2].header.Get("X-Signed"), "1")
	equal(t, server.asked[2].header.Get("Authorization"), "")
}

func TestATypeThatIsNoneIsRefused(t *testing.T) {
	server := serverThat(t, stored)
	facts := UploadFile{ContentType: "image/png\r\nX-Evil: 1"}
	if _, err := server.client().Media.Upload(background, strings.NewReader("a"), facts); err == nil {
		t.Fatal("it is sent")
	}
	equal(t, len(server.asked), 0)
}

func TestABodyThatHasEndedTouchesNothingBehindIt(t *testing.T) {
	file := strings.NewReader(content)
	guarded := &guardedBody{reader: file}
	guarded.end()
	if _, err := guarded.Read(make([]byte, 4)); !errors.Is(err, errEnded) {
		t.Fatal(err)
	}
	equal(t, file.Len(), len(content))
}
