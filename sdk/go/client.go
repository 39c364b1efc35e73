package letmepost

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const defaultBaseURL = "http://127.0.0.1:8000"

// Client calls one letmepost server with one key. It may be used from several goroutines.
type Client struct {
	Posts            *Posts
	Batches          *Batches
	Media            *MediaFiles
	Accounts         *Accounts
	APIKeys          *APIKeys
	Profiles         *Profiles
	Events           *Events
	Webhooks         *Webhooks
	AuditLog         *AuditLog
	Rules            *Rules
	PlatformVersions *PlatformVersions
	Server           *Server

	// A function, so that what is printed of a client does not hold the key.
	apiKey         func() string
	baseURL        string
	retries        int
	retryBase      time.Duration
	retryAfterMax  time.Duration
	defaultHeaders http.Header
	http           http.Client
}

// ClientOption changes how a client is made.
type ClientOption func(*Client)

// WithAPIKey gives the key. Without it: LMP_API_KEY, then LETMEPOST_API_KEY of the environment.
func WithAPIKey(key string) ClientOption {
	return func(c *Client) { c.apiKey = func() string { return key } }
}

// WithBaseURL says where the server is. Without it: LMP_API_BASE, then LETMEPOST_API_URL of the
// environment, then port 8000 of this machine.
func WithBaseURL(address string) ClientOption { return func(c *Client) { c.baseURL = address } }

// WithRetries says how often a failed call is sent again; 3 times without it.
func WithRetries(times int) ClientOption { return func(c *Client) { c.retries = times } }

// WithRetryBase sets the first wait before a call is sent again; it doubles, up to 8 seconds. 500
// milliseconds without it.
func WithRetryBase(wait time.Duration) ClientOption {
	return func(c *Client) { c.retryBase = wait }
}

// WithRetryAfterMax sets the longest wait that a Retry-After may ask for; 30 seconds without it.
func WithRetryAfterMax(wait time.Duration) ClientOption {
	return func(c *Client) { c.retryAfterMax = wait }
}

// WithDefaultHeader adds a header to every call.
func WithDefaultHeader(name, value string) ClientOption {
	return func(c *Client) { c.defaultHeaders.Set(name, value) }
}

// WithHTTPClient gives the client that calls are made with; http.DefaultClient without it. It is
// copied, since redirects are not followed: a write would arrive as a GET.
func WithHTTPClient(client *http.Client) ClientOption {
	return func(c *Client) { c.http = *client }
}

// ErrNoAPIKey says that neither an option nor the environment holds a key.
var ErrNoAPIKey = errors.New("letmepost: there is no API key: give WithAPIKey, or set LMP_API_KEY")

// New makes a client. It returns ErrNoAPIKey where it finds no key.
func New(options ...ClientOption) (*Client, error) {
	key := fromEnvironment("LMP_API_KEY", "LETMEPOST_API_KEY")
	client := &Client{
		apiKey:         func() string { return key },
		baseURL:        fromEnvironment("LMP_API_BASE", "LETMEPOST_API_URL"),
		retries:        3,
		retryBase:      500 * time.Millisecond,
		retryAfterMax:  30 * time.Second,
		defaultHeaders: http.Header{},
		http:           *http.DefaultClient,
	}
	for _, option := range options {
		option(client)
	}
	if client.apiKey() == "" {
		return nil, ErrNoAPIKey
	}
	if client.baseURL == "" {
		client.baseURL = defaultBaseURL
	}
	address, err := url.Parse(client.baseURL)
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return nil, fmt.Errorf("letmepost: %q is no http or https address", client.baseURL)
	}
	client.baseURL = strings.TrimRight(client.baseURL, "/")
	client.http.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	client.Posts = &Posts{client}
	client.Batches = &Batches{client}
	client.Media = &MediaFiles{client}
	client.Accounts = &Accounts{client}
	client.APIKeys = &APIKeys{client}
	client.Profiles = &Profiles{client}
	client.Events = &Events{client}
	client.Webhooks = &Webhooks{client}
	client.AuditLog = &AuditLog{client}
	client.Rules = &Rules{client}
	client.PlatformVersions = &PlatformVersions{client}
	client.Server = &Server{client}
	return client, nil
}

func fromEnvironment(names ...string) string {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}
