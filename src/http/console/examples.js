// The queries a newcomer starts from, written against the demo content. The first one is shown on the first visit.

export const examples = [
  {
    title: 'Home page',
    query: `# The newest posts, as a home page needs them.
query HomePage {
  site {
    title
    tagline
  }
  posts(first: 5) {
    totalCount
    nodes {
      title
      path
      excerpt
      publishedAt
      readingMinutes
      cover {
        alt
        image(width: 640, ratio: WIDE) {
          url
          srcset
        }
      }
      author {
        name
      }
      tags {
        name
        slug
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: '',
  },
  {
    title: 'One post',
    query: `# Everything one article page shows, found by its slug.
query OnePost($slug: String!) {
  post(slug: $slug) {
    title
    publishedAt
    author {
      name
      slug
    }
    tags {
      name
      slug
    }
    series {
      title
      slug
    }
    body {
      html
      outline {
        level
        text
        anchor
      }
      wordCount
      readingMinutes
    }
    related(first: 3) {
      title
      path
    }
    previous {
      title
      path
    }
    next {
      title
      path
    }
  }
}
`,
    variables: '{\n  "slug": "weak-legs-where-to-start"\n}\n',
  },
  {
    title: 'A routine, adapted',
    query: `# A routine for somebody who stays seated today: every step has a stand-in, or is named in unmet.
query Routine($slug: String!, $position: [BodyPosition!]) {
  routine(slug: $slug) {
    title
    duration {
      minSeconds
      maxSeconds
    }
    equipment {
      name
      substitutes
    }
    safetyNotes {
      kind
      text
    }
    adapted(position: $position) {
      plan {
        steps {
          number
          replaces
          exercise {
            name
          }
          prescription {
            text
          }
        }
        urls {
          page
        }
      }
      unmet {
        number
        exercise
        reasons
      }
    }
  }
}
`,
    variables: '{\n  "slug": "sit-to-stand-ladder",\n  "position": "SEATED"\n}\n',
  },
  {
    title: 'Questions of readers',
    query: `# What readers may ask about now, and the newest questions with the posts that answer them.
query Questions($answered: Boolean) {
  questionCalls(open: true, first: 3) {
    nodes {
      slug
      title
      text
      closesAt
    }
  }
  questions(first: 5, filter: {answered: $answered}) {
    nodes {
      label
      text
      askedIn
      meTooCount
      tags {
        name
        slug
      }
      answers {
        title
        path
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: '{\n  "answered": true\n}\n',
  },
  {
    title: 'A form for a question',
    query: `# What a form for a question needs. Ask for it when the form is shown; the token is good for one askQuestion.
query QuestionForm {
  questionForm {
    token
    minSeconds
    maxHours
    maxCharacters
    challenge
    wording {
      answerPrivately
      publishParaphrase
    }
  }
  questionCalls(open: true, first: 10) {
    nodes {
      id
      title
    }
  }
}
`,
    variables: '',
  },
  {
    title: 'By tag, page by page',
    query: `# Every kind of entry with one tag. For the next page, put endCursor into "after".
query ByTag($tag: String!, $first: Int = 10, $after: String) {
  entries(first: $first, after: $after, filter: {tag: $tag}) {
    totalCount
    nodes {
      __typename
      title
      path
      excerpt
      publishedAt
      tags {
        name
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: '{\n  "tag": "strength",\n  "first": 10,\n  "after": null\n}\n',
  },
];
