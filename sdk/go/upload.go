package letmepost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// UploadFile says what is uploaded. The server reads the type from the bytes.
type UploadFile struct {
	// The file's name; "file" without it.
	Filename string
	// The declared type; application/octet-stream without it.
	ContentType string
	// The profile that the file belongs to.
	ProfileID string
}

// Upload sends a file without holding it in memory. After a failure it is sent again if the reader
// is an io.Seeker, as files and bytes.Reader are; anything else is sent once.
func (m *MediaFiles) Upload(
	ctx context.Context, file io.Reader, facts UploadFile, options ...CallOption,
) (*Media, error) {
	query := queryValues{}
	setText(query, "profileId", facts.ProfileID)
	form, err := newFormBody(file, facts)
	if err != nil {
		return nil, err
	}
	return send[Media](ctx, m.client, http.MethodPost, "/v1/media", url.Values(query), form, options)
}

// UploadDirect sends a large file straight to the server's storage, past the API. From where it
// stands to its end, it is sent again after a failure.
func (m *MediaFiles) UploadDirect(
	ctx context.Context, file io.ReadSeeker, facts UploadFile, options ...CallOption,
) (*Media, error) {
	content, err := newFileBody(file)
	if err != nil {
		return nil, err
	}
	asked := BeginUpload{SizeBytes: content.size}
	for _, given := range []struct {
		value string
		field **string
	}{
		{facts.Filename, &asked.Filename},
		{facts.ContentType, &asked.ContentType},
		{facts.ProfileID, &asked.ProfileID},
	} {
		if given.value != "" {
			*given.field = Ptr(given.value)
		}
	}
	begun, err := m.BeginUpload(ctx, asked, options...)
	if err != nil {
		return nil, err
	}
	if err := m.client.put(ctx, begun.URL, begun.Headers, content, options); err != nil {
		return nil, err
	}
	return m.CompleteUpload(ctx, begun.ID, options...)
}

// UploadPath sends the file at a path.
func (m *MediaFiles) UploadPath(
	ctx context.Context, path string, facts UploadFile, options ...CallOption,
) (*Media, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if facts.Filename == "" {
		facts.Filename = filepath.Base(path)
	}
	return m.Upload(ctx, file, facts, options...)
}

// fileBody is what follows in a seeker.
type fileBody struct {
	file        io.ReadSeeker
	start, size int64
}

func newFileBody(file io.ReadSeeker) (*fileBody, error) {
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	return &fileBody{file, start, end - start}, nil
}

func (b *fileBody) begin() (io.Reader, int64, string, error) {
	_, err := b.file.Seek(b.start, io.SeekStart)
	return b.file, b.size, "", err
}

func (b *fileBody) repeatable() bool { return true }

// onceBody is a reader that cannot go back.
type onceBody struct{ io.Reader }

func (b onceBody) begin() (io.Reader, int64, string, error) { return b.Reader, -1, "", nil }

func (b onceBody) repeatable() bool { return false }

// formBody is a form with one file.
type formBody struct {
	head, tail, contentType string
	file                    body
}

func newFormBody(file io.Reader, facts UploadFile) (*formBody, error) {
	if facts.Filename == "" {
		facts.Filename = "file"
	}
	if facts.ContentType == "" {
		facts.ContentType = "application/octet-stream"
	}
	if _, _, err := mime.ParseMediaType(facts.ContentType); err != nil {
		return nil, fmt.Errorf("letmepost: the content type cannot be sent: %w", err)
	}
	var written strings.Builder
	form := multipart.NewWriter(&written)
	quoted := strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace(facts.Filename)
	if _, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + quoted + `"`},
		"Content-Type":        {facts.ContentType},
	}); err != nil {
		return nil, err
	}
	head := written.String()
	if err := form.Close(); err != nil {
		return nil, err
	}
	made := &formBody{
		head:        head,
		tail:        strings.TrimPrefix(written.String(), head),
		contentType: form.FormDataContentType(),
		file:        onceBody{file},
	}
	if seeker, isSeeker := file.(io.ReadSeeker); isSeeker {
		// A pipe says that it can seek, and cannot.
		if content, err := newFileBody(seeker); err == nil {
			made.file = content
		}
	}
	return made, nil
}

func (b *formBody) repeatable() bool { return b.file.repeatable() }

func (b *formBody) begin() (io.Reader, int64, string, error) {
	file, size, _, err := b.file.begin()
	if err != nil {
		return nil, 0, "", err
	}
	if size >= 0 {
		size += int64(len(b.head) + len(b.tail))
	}
	whole := io.MultiReader(strings.NewReader(b.head), file, strings.NewReader(b.tail))
	return whole, size, b.contentType, nil
}

var errEnded = errors.New("letmepost: this try has ended")

// guardedBody is the body of one try. The transport may go on reading it in the background after an
// answer; once it has ended, nothing behind it is touched, so that the next try can begin it anew.
type guardedBody struct {
	mutex  sync.Mutex
	reader io.Reader
}

func (b *guardedBody) Read(into []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.reader == nil {
		return 0, errEnded
	}
	return b.reader.Read(into)
}

// Close leaves the reader to who gave it.
func (b *guardedBody) Close() error { return nil }

func (b *guardedBody) end() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.reader = nil
}
